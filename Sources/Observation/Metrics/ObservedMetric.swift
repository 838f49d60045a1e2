import Exposition
import Linux

/// A metric of observed processes, as a row of ``all``.
///
/// The rows drive the registration of `gil_process_*`, the counting for each group, and the JSON of `gil-exporter watch`.
package struct ObservedMetric: Sendable {
    enum Kind: Sendable {
        /// A counter of the group, which includes processes that have ended.
        case counter
        /// A gauge: the sum of the group's processes.
        case sum
        /// A gauge: the smallest value of the group's processes.
        case minimum
        /// A gauge: the value of the process with the greatest demand for a lock in the last half minute.
        case busiest
    }

    enum Source: Sendable {
        /// The value of a process at the newest sample; of a counter, its total since the process was first read. Nil if the
        /// C library hides it.
        case samples(@Sendable (ProcessObservation) -> Double?)
        /// The value of a process at the newest scan; of a counter, the amount since the scan before. Nil if the kernel does
        /// not count it.
        case scans(@Sendable (ProcessAccount.Usage) -> Double?)
    }

    /// The name of the metric without "gil_process_", unit and "_total".
    private let stem: String
    let kind: Kind
    let unit: Unit?
    /// A label beside `group`. Rows that differ only in its value are series of one metric.
    let label: (name: String, value: String)?
    /// Whether `gil-exporter watch` shows it, too.
    private let isWatched: Bool
    let help: String
    let source: Source

    private init(
        _ stem: String,
        _ kind: Kind,
        unit: Unit? = nil,
        label: (name: String, value: String)? = nil,
        isWatched: Bool = true,
        help: String,
        _ source: Source
    ) {
        self.stem = stem
        self.kind = kind
        self.unit = unit
        self.label = label
        self.isWatched = isWatched
        self.help = help
        self.source = source
    }

    // MARK: rows

    package static let held = ObservedMetric(
        "held",
        .counter,
        unit: .seconds,
        help: "Time that some thread held a GIL, summed over interpreters; sampled.",
        .samples { $0.locks.held.seconds }
    )
    package static let wait = ObservedMetric(
        "wait",
        .counter,
        unit: .seconds,
        help: "Time that threads spent waiting for a GIL, summed over threads; sampled.",
        .samples { $0.hidesWaiters ? nil : $0.locks.wait.seconds }
    )
    static let heldOnCPU = ObservedMetric(
        "held_on_cpu",
        .counter,
        unit: .seconds,
        help: """
            Part of the held time and of the CPU time in which the holder had a CPU, at most. Updated every second or less \
            often.
            """,
        .samples { $0.holders.onCPU.seconds }
    )
    static let stalledWait = ObservedMetric(
        "stalled_wait",
        .counter,
        unit: .seconds,
        help: """
            Part of the waiting time in which the holder had no CPU, because it waited for one or slept, at least. Updated \
            every second or less often.
            """,
        .samples { $0.hidesWaiters ? nil : $0.holders.stalledWait.seconds }
    )
    package static let waitingThreads = ObservedMetric(
        "waiting_threads",
        .sum,
        help: "Threads that wait for a GIL, at the newest sample.",
        .samples { $0.waitingThreads.map(Double.init) }
    )
    package static let switches = ObservedMetric(
        "switches",
        .counter,
        help: "Times that a GIL's holder changed; exact, read from the interpreter.",
        .samples { Double($0.locks.switches) }
    )
    package static let waitsEnded = ObservedMetric(
        "waits_ended",
        .counter,
        help: """
            Waits for a GIL that ended because the thread took it; estimated from the switches, timed waits, forced \
            hand-offs and waiting time between samples.
            """,
        .samples { $0.hidesWaiters ? nil : Double($0.locks.waitsEnded) }
    )
    package static let timedWaits = ObservedMetric(
        "timed_waits",
        .counter,
        help: """
            Timed waits for a GIL, each of one switch interval at most, of which one wait may need many; exact, read from \
            the interpreter.
            """,
        .samples { $0.hidesWaiters ? nil : Double($0.locks.timedWaits) }
    )
    package static let forcedHandoffs = ObservedMetric(
        "forced_handoffs",
        .counter,
        help: "Times that a holder was made to wait until another thread took over; exact, read from the interpreter.",
        .samples { $0.hidesWaiters ? nil : Double($0.locks.forcedHandoffs) }
    )
    package static let longHolds = ObservedMetric(
        "long_holds",
        .counter,
        help: """
            Holds of a GIL that lasted for 50 ms and two switch intervals at least while other threads waited, without the \
            time for which the holder waited for a CPU; sampled, so that short ones may be missed.
            """,
        .samples { $0.hidesWaiters ? nil : Double($0.locks.longHolds) }
    )
    package static let longHeld = ObservedMetric(
        "long_hold",
        .counter,
        unit: .seconds,
        help: """
            Part of the held time in long holds: of 50 ms and two switch intervals at least while other threads waited; \
            sampled.
            """,
        .samples { $0.hidesWaiters ? nil : $0.locks.longHeld.seconds }
    )
    package static let switchInterval = ObservedMetric(
        "switch_interval",
        .minimum,
        unit: .seconds,
        help: "Time that a thread waits for the GIL before it asks the holder to drop it; the smallest of the group.",
        .samples { $0.switchInterval.seconds }
    )
    package static let interpreters = ObservedMetric(
        "interpreters",
        .sum,
        help: "Interpreters of the observed processes.",
        .samples { Double($0.interpreters) }
    )
    package static let samples = ObservedMetric(
        "samples",
        .counter,
        help: "Samples taken. The more samples, the smaller the error of held and waited time.",
        .samples { Double($0.samples) }
    )
    package static let observed = ObservedMetric(
        "observed",
        .counter,
        unit: .seconds,
        help: "Time for which processes were observed, summed over processes.",
        .samples { $0.observed.seconds }
    )
    static let active = ObservedMetric(
        "active",
        .counter,
        unit: .seconds,
        help: """
            Time for which processes used their GIL, summed over processes: in full while it was held for 1 % or more of \
            the last half minute, in proportion below; sampled.
            """,
        .samples { $0.active.seconds }
    )
    static let busiestHeld = ObservedMetric(
        "busiest_held",
        .busiest,
        unit: .ratio,
        help: """
            Share of the last half minute in which the GIL of the group's busiest process was held: of the one with the \
            most held and waited time; sampled.
            """,
        .samples { $0.recent?.held }
    )
    static let busiestWaitingThreads = ObservedMetric(
        "busiest_waiting_threads",
        .busiest,
        help: "Threads that waited for that GIL of the busiest process in the last half minute, on average; sampled.",
        .samples { $0.recent?.waiting }
    )
    static let threads = ObservedMetric(
        "threads",
        .sum,
        help: "Threads of the observed processes.",
        .scans { Double($0.threads) }
    )
    static let userTime = ObservedMetric(
        "cpu",
        .counter,
        unit: .seconds,
        label: ("mode", "user"),
        isWatched: false,
        help: cpuHelp,
        .samples { $0.cpu.user.seconds }
    )
    static let systemTime = ObservedMetric(
        "cpu",
        .counter,
        unit: .seconds,
        label: ("mode", "system"),
        isWatched: false,
        help: cpuHelp,
        .samples { $0.cpu.system.seconds }
    )
    static let runQueue = ObservedMetric(
        "run_queue",
        .counter,
        unit: .seconds,
        help: "Time that threads of the observed processes were runnable without a CPU. Updated after each scan.",
        .scans { $0.runQueue?.seconds }
    )

    private static let cpuHelp = "CPU time of the processes while they were observed, as held and waited time."

    package static let all = [
        held, heldOnCPU, wait, stalledWait, waitingThreads, switches, waitsEnded, timedWaits, forcedHandoffs,
        longHolds, longHeld, switchInterval, interpreters, samples, observed, active, busiestHeld,
        busiestWaitingThreads, threads, userTime, systemTime, runQueue,
    ]

    // MARK: names and values

    var name: String { "gil_process_\(key)" }

    /// The key of the value in the JSON of `gil-exporter watch`: the name without "gil_process_".
    package var key: String {
        stem + (unit.map { "_\($0.rawValue)" } ?? "") + (kind == .counter ? "_total" : "")
    }

    /// The key of a counter's rate; nil for gauges, and for the time that rates refer to. A rate of seconds per second is a
    /// ratio.
    package var rateKey: String? {
        guard kind == .counter, key != Self.observed.key else { return nil }
        return unit == .seconds ? "\(stem)_ratio" : "\(stem)_per_second"
    }

    /// Whether the value is a number of things, and not a time.
    package var isCount: Bool { unit == nil }

    /// The value of a process; nil if it is unknown, if only scans report it, if it compares the processes of a group, or if
    /// `watch` does not show it.
    package func value(of observation: ProcessObservation) -> Double? {
        guard case .samples(let value) = source, kind != .busiest, isWatched else { return nil }
        return value(observation)
    }
}
