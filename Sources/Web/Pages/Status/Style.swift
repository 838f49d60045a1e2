/// How the status page looks, light and dark, on a desk and on a phone.
///
/// The four colours are told apart by people who see fewer, and each stands beside its words: none means anything alone.
enum Style {
    static let css = """
        :root {
          color-scheme: light dark;
          --page: #f6f7f9; --card: #ffffff; --text: #1b2129; --muted: #59636e; --line: #dfe3e8; --track: #e9edf1;
          --speed: #4d6378; --cpu: #2f74c0; --lock: #d98200; --queue: #b03a76; --rest: #8c96a1; --link: #1f5f9f; --good: #2a7d4f;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #12161b; --card: #1a2027; --text: #e6eaee; --muted: #9aa5b1; --line: #2c343d; --track: #2a323b;
            --speed: #a3b6c9; --cpu: #5b9fe6; --lock: #f0a030; --queue: #e070a8; --rest: #76818c; --link: #7db8f0; --good: #5cbf8a;
          }
        }
        * { box-sizing: border-box; }
        body {
          margin: 0 auto; padding: 1rem 1.25rem 2rem; max-width: 72rem; background: var(--page); color: var(--text);
          font: 0.9375rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums;
        }
        header { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1.5rem; }
        h1 { margin: 0.25rem 0; font-size: 1.25rem; overflow-wrap: anywhere; }
        h2 { margin: 0; font-size: 1.0625rem; }
        nav { display: flex; flex-wrap: wrap; gap: 0 1.1rem; }
        a { color: var(--link); text-underline-offset: 0.2em; padding: 0.3rem 0; }
        a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        small { color: var(--muted); font-size: 0.8125rem; font-weight: normal; }
        section {
          margin: 1rem 0; padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line);
          border-radius: 0.5rem;
        }
        #stale { padding: 0.6rem 1.25rem; border: 1px solid var(--queue); border-radius: 0.5rem; }
        .verdict { border-left: 0.4rem solid var(--rest); }
        .verdict.lock { border-left-color: var(--lock); }
        .verdict.machine { border-left-color: var(--queue); }
        .verdict.nothing { border-left-color: var(--good); }
        .verdict h2 { font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
        .verdict p { margin: 0.4rem 0 0; color: var(--muted); max-width: 60rem; }
        ul { margin: 0; padding: 0; list-style: none; }
        .facts { display: flex; flex-wrap: wrap; gap: 0.5rem 2.5rem; margin: 1rem 1.25rem; }
        .facts small { display: block; }
        .legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.5rem; margin: 1rem 1.25rem 0; }
        .legend li { color: var(--muted); }
        .legend li::before {
          content: ""; display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.45rem; border-radius: 2px;
          background: var(--rest);
        }
        .legend b { color: var(--text); font-weight: 600; }
        .legend .cpu::before { background: var(--cpu); } .legend .lock::before { background: var(--lock); }
        .legend .queue::before { background: var(--queue); }
        .summary { margin: 0.1rem 0 0; color: var(--muted); overflow-wrap: anywhere; }
        table { width: 100%; margin-top: 0.6rem; border-collapse: collapse; }
        th, td { padding: 0.55rem 1.25rem 0.55rem 0; text-align: left; vertical-align: top; }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { padding-bottom: 0.25rem; color: var(--muted); font-size: 0.8125rem; font-weight: normal; }
        tbody tr { border-top: 1px solid var(--line); }
        tbody th { font-weight: 600; }
        tbody th small { display: block; }
        .speedup { width: 18%; } .time { width: 32%; } .history { width: 13rem; } .duration { white-space: nowrap; }
        .number { font-weight: 600; }
        .failed { color: var(--queue); font-weight: 600; }
        .words { color: var(--muted); font-size: 0.8125rem; }
        .disturbed { margin: 0; color: var(--muted); font-size: 0.8125rem; }
        .bar { display: block; width: 100%; height: 0.7rem; margin: 0.3rem 0 0.15rem; border-radius: 3px; }
        .spark { display: block; overflow: visible; }
        .track { fill: var(--track); } rect.cpu { fill: var(--cpu); } rect.lock { fill: var(--lock); }
        rect.queue { fill: var(--queue); } rect.rest { fill: var(--rest); } rect.speed { fill: var(--speed); }
        rect.ideal { fill: var(--text); }
        .bar rect + rect { stroke: var(--card); stroke-width: 1px; vector-effect: non-scaling-stroke; paint-order: stroke; }
        .spark polyline { fill: none; stroke: var(--speed); stroke-width: 1.5; stroke-linejoin: round; }
        .spark circle { fill: var(--speed); }
        .spark .ideal { stroke: var(--muted); stroke-dasharray: 2 3; }
        .unsupported { margin: 0.6rem 0 0; }
        summary { cursor: pointer; color: var(--link); }
        pre {
          margin: 0.4rem 0 0; padding: 0.6rem; max-height: 20rem; overflow: auto; background: var(--page);
          border-radius: 0.3rem; font-size: 0.8125rem; white-space: pre-wrap; overflow-wrap: anywhere;
        }
        footer { margin-top: 1.5rem; color: var(--muted); font-size: 0.8125rem; }
        @media (max-width: 46rem) {
          body { padding: 0.75rem 0.75rem 1.5rem; }
          section { padding: 0.85rem 0.9rem; }
          .facts, .legend { margin-left: 0.2rem; margin-right: 0.2rem; }
          .verdict h2 { font-size: 1.25rem; }
          table, tbody { display: block; }
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          tbody tr { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; padding: 0.7rem 0; }
          tbody th, tbody td, .speedup, .time, .history { display: block; width: auto; padding: 0.15rem 0; }
          tbody th, .speedup, .time, .history, .failures td:last-child { grid-column: 1 / -1; }
          .duration { grid-row: 1; grid-column: 2; }
          table:not(.failures) tbody th { grid-column: 1; }
          .failures .duration { grid-row: 2; }
        }
        @media print { body { background: none; } section { break-inside: avoid; } }

        """
}
