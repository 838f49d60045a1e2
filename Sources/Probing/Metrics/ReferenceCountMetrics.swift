import Exposition
import Linux

/// The metrics of the probe `refcount`, by runtime, scheme and sharing.
struct ReferenceCountMetrics: Sendable {
    /// What lost updates do to an object.
    private enum Effect: String, CaseIterable {
        /// The count stays too high, so the object is never released.
        case leak
        /// The count reaches 0 too early, so the object is released while in use.
        case prematureRelease = "premature_release"
    }

    private let pairs: Family<Counter>
    private let workerTime: Family<Counter>
    private let lost: Family<Counter>
    private let pairTime: Family<Gauge>
    private let speedup: Family<Gauge>

    init(_ registry: Registry) {
        let labels = ["runtime", "scheme", "sharing"]
        pairs = registry.counters(
            "gil_refcount_pairs_total",
            help: """
                References that workers of the probe refcount took and dropped, by scheme. \
                Updated after each probe run, not by the scrape.
                """,
            labels: labels + ["workers"]
        )
        workerTime = registry.counters(
            "gil_refcount_worker_seconds_total",
            help: """
                Wall time in which workers took and dropped these references, summed over the workers. \
                Updated after each probe run, not by the scrape.
                """,
            unit: .seconds,
            labels: labels + ["workers"]
        )
        lost = registry.counters(
            "gil_refcount_lost_updates_total",
            help: """
                Updates of reference counts that were lost to races, by their effect on the object. Increments and \
                decrements lost on one object offset each other. Updated after each probe run, not by the scrape.
                """,
            labels: ["runtime", "scheme", "effect"]
        )
        pairTime = registry.gauges(
            "gil_refcount_last_pair_seconds",
            help: """
                Time that one worker took for one reference, waiting for locks included: duration times workers divided \
                by pairs, in the newest measurement; absent before the first.
                """,
            unit: .seconds,
            labels: labels + ["workers"]
        )
        speedup = registry.gauges(
            "gil_refcount_last_speedup_ratio",
            help: """
                How many times as many references all workers took in the same time as one worker, in the newest \
                measurement; absent before the first, and with one worker.
                """,
            unit: .ratio,
            labels: labels
        )
    }

    /// Creates the counters of a runtime that announces its schemes, at 0.
    func start(_ runtime: String, _ info: RuntimeInfo, workers: Int) {
        for scheme in info.refcountSchemes ?? [] {
            for effect in Effect.allCases { lost.with(runtime, scheme, effect.rawValue) }
            for sharing in ReferenceSharing.allCases.map(\.rawValue) {
                for count in Set([1, workers]).map(String.init) {
                    pairs.with(runtime, scheme, sharing, count)
                    workerTime.with(runtime, scheme, sharing, count)
                }
            }
        }
    }

    /// Hides the counters, and removes the gauges, of such runtimes.
    func hide(where isHidden: (String) -> Bool) {
        for family in [pairs, workerTime, lost] { family.hide { isHidden($0[0]) } }
        for family in [pairTime, speedup] { family.remove { isHidden($0[0]) } }
    }

    func add(_ measurement: Measurement) {
        let (runtime, phases) = (measurement.runtime, measurement.referenceCounts)
        guard !phases.isEmpty else { return }
        // The number of workers may have changed: no figure of the old one may stay beside the new ones.
        for family in [pairTime, speedup] { family.remove { $0[0] == runtime } }
        for phase in phases {
            let (scheme, sharing, workers) = (phase.scheme.rawValue, phase.sharing.rawValue, "\(phase.workers)")
            pairs.with(runtime, scheme, sharing, workers).increment(by: Double(phase.pairs))
            workerTime.with(runtime, scheme, sharing, workers).increment(by: .seconds(nanoseconds: phase.workerTime))
            pairTime.with(runtime, scheme, sharing, workers).set(phase.pairTime / 1e9)
            if let ratio = phases.speedup(phase.scheme, phase.sharing) {
                speedup.with(runtime, scheme, sharing).set(ratio)
            }
            lost.with(runtime, scheme, Effect.leak.rawValue).increment(by: Double(phase.leaked))
            lost.with(runtime, scheme, Effect.prematureRelease.rawValue).increment(by: Double(phase.releasedEarly))
        }
    }
}
