/// Shows the page as it is now, every ten seconds.
///
/// Only what is replaced is parsed: the style in the head has a nonce that the policy of this page does not know.
/// Nothing is replaced while somebody is in it, with the keyboard or a selection, or while nobody sees it.
enum RefreshScript {
    static let source = """
        const stale = document.getElementById("stale");
        async function refresh() {
          const main = document.querySelector("main");
          const busy = main.contains(document.activeElement) || !document.getSelection().isCollapsed;
          if (document.hidden || busy) return;
          try {
            const response = await fetch(location.href, { cache: "no-store" });
            if (!response.ok) throw new Error(response.status);
            const text = await response.text();
            const part = text.slice(text.indexOf("<main>"), text.indexOf("</main>"));
            const page = new DOMParser().parseFromString(part, "text/html");
            const open = [...main.querySelectorAll("details[open]")].map((details) => details.id);
            for (const id of open) page.getElementById(id)?.setAttribute("open", "");
            main.replaceWith(page.querySelector("main"));
            stale.hidden = true;
          } catch {
            stale.hidden = false;
          }
        }
        setInterval(refresh, 10000);
        document.addEventListener("visibilitychange", refresh);

        """
}
