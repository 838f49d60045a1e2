import Exposition
import FoundationEssentials
import TestSupport
import Testing

/// An exposition with one of everything: the golden files are what it must look like.
enum Example {
    static func registry() -> Registry {
        let registry = Registry()

        // Declared in no order, written in the order of names.
        let speedups = registry.gauges(
            "gil_probe_last_speedup_ratio",
            help: "Duration of the single probe divided by this probe's, newest round.",
            unit: .ratio,
            labels: ["runtime", "probe"]
        )
        speedups.with("python3.11", "multiprocess").set(1.9375)
        speedups.with("native", "lockfree").set(2)
        speedups.with("native", "gil").set(0.1 + 0.2)
        speedups.with("python3.11", "gil").set(.nan)

        let durations = registry.histograms(
            "gil_probe_duration_seconds",
            help: "Countdown time, updated after each probe run, not by the scrape.",
            unit: .seconds,
            labels: ["runtime"],
            buckets: [0.001, 0.25, 1, 2.5]
        )
        for duration in [0.0005, 0.25, 0.26, 1, 100] { durations.with("native").observe(duration) }
        durations.with("python3.11")

        let failures = registry.counters(
            "gil_probe_failures_total",
            help: "Runs that gave no measurement.",
            labels: ["runtime", "reason"]
        )
        failures.with(#"C:\py"thon""# + "\n3", "crash").increment()
        failures.with("späť", "timeout").increment(by: 9_007_199_254_740_991)

        registry.counter(
            "gil_probe_setup_seconds_total",
            help: #"Time to create workers, "before" the barrier; \ and"# + "\na second line.",
            unit: .seconds
        ).increment(by: 0.000025)

        registry.infos("gil_runtime_info", help: "A runtime that is probed.", labels: ["runtime", "version"])
            .with("native", "1.0.0")
        registry.infos("gil_exporter_build_info", help: "What this is.", labels: ["version", "revision"])
            .with("1.0.0", "")

        registry.gauge("process_resident_memory_bytes", help: "Resident memory.", unit: .bytes).set(25_165_824)
        let extremes = registry.gauges("test_extremes", help: "Numbers at the edges.", labels: ["case"])
        extremes.with("a").set(.infinity)
        extremes.with("b").set(-.infinity)
        extremes.with("c").set(-1.5)
        extremes.with("d").set(0x1p53)
        extremes.with("e").set(1e300)
        extremes.with("f").set(.leastNonzeroMagnitude)
        extremes.with("g").set(-0.0)

        _ = registry.gauges("test_without_samples", help: "Not written until there is something.", labels: ["case"])
        return registry
    }

    static func text(_ format: Format, families: Set<String>? = nil) -> String {
        registry().text(format, families: families)
    }
}

extension Registry {
    func text(_ format: Format, families: Set<String>? = nil) -> String {
        var buffer: [UInt8] = []
        write(format, families: families, into: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }
}

enum Golden {
    static func path(_ name: String) -> String {
        Repository.fixture("exposition/\(name)")
    }

    static func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }
}

extension ExitTest.Result? {
    /// Whether the program that ended said this when it did.
    func says(_ message: String) -> Bool {
        guard let self else { return false }
        return String(decoding: self.standardErrorContent, as: UTF8.self).contains(message)
    }
}
