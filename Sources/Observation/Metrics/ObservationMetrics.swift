package import Exposition
import Linux

/// What observed processes are exported as: the contract with everyone's dashboards, for groups of processes.
package struct ObservationMetrics: Sendable {
    let processes: Family<Gauge>
    let unobservable: Family<Gauge>
    let waitingThreads: Family<Gauge>
    let switchInterval: Family<Gauge>
    let threads: Family<Gauge>
    let interpreters: Family<Gauge>
    let held: Family<Counter>
    let wait: Family<Counter>
    let switches: Family<Counter>
    let waits: Family<Counter>
    let forcedHandoffs: Family<Counter>
    let samples: Family<Counter>
    let cpu: Family<Counter>
    let runQueue: Family<Counter>
    let overflow: Counter
    let sampleRate: Gauge
    let ownCPU: Counter
    let rounds: Counter
    let lateRounds: Counter
    let lastScan: Gauge
    let scanDuration: Gauge
    let scanInterval: Gauge
    let stuckThreads: Gauge
    let deferred: Gauge
    let missedTime: Counter
    let searchCPU: Counter

    package init(_ registry: Registry) {
        func gauges(_ name: String, _ help: String, unit: Unit? = nil, _ labels: String...) -> Family<Gauge> {
            registry.gauges(name, help: help, unit: unit, labels: ["group"] + labels)
        }
        func counters(_ name: String, _ help: String, unit: Unit? = nil, _ labels: String...) -> Family<Counter> {
            registry.counters(name, help: help, unit: unit, labels: ["group"] + labels)
        }
        processes = gauges(
            "gil_processes",
            "Python processes that are observed, by version, build and whether the GIL is on.",
            "version",
            "build",
            "gil"
        )
        unobservable = gauges(
            "gil_process_unobservable",
            "Python processes that are seen and cannot be read, or not all of them, by reason.",
            "reason"
        )
        waitingThreads = gauges("gil_process_waiting_threads", "Threads that wait for a GIL, at the newest sample.")
        switchInterval = gauges(
            "gil_process_switch_interval_seconds",
            "Time that a thread waits for the GIL before it asks the holder to drop it; the smallest of the group.",
            unit: .seconds
        )
        threads = gauges("gil_process_threads", "Threads of the observed processes.")
        interpreters = gauges("gil_process_interpreters", "Interpreters of the observed processes.")
        held = counters(
            "gil_process_held_seconds_total",
            "Time that some thread held a GIL, summed over interpreters; sampled.",
            unit: .seconds
        )
        wait = counters(
            "gil_process_wait_seconds_total",
            "Time that threads spent waiting for a GIL, summed over threads; sampled.",
            unit: .seconds
        )
        switches = counters(
            "gil_process_switches_total",
            "Times that a GIL's holder changed; exact, read from the interpreter."
        )
        waits = counters(
            "gil_process_waits_total",
            "Timed waits for a GIL, each of one switch interval at most; exact, read from the interpreter."
        )
        forcedHandoffs = counters(
            "gil_process_forced_handoffs_total",
            "Times that a holder was made to wait until another thread took over; exact, read from the interpreter."
        )
        samples = counters(
            "gil_process_samples_total",
            "Samples taken: held and waited time have an error that shrinks with them."
        )
        cpu = counters(
            "gil_process_cpu_seconds_total",
            "CPU time of the observed processes. Updated after each scan, not by the scrape.",
            unit: .seconds,
            "mode"
        )
        runQueue = counters(
            "gil_process_run_queue_seconds_total",
            "Time that threads of the observed processes were runnable without a CPU. Updated after each scan.",
            unit: .seconds
        )
        overflow = registry.counter(
            "gil_exporter_observation_overflow_processes_total",
            help: "Processes counted in the group other, because there are as many groups as are allowed."
        )
        sampleRate = registry.gauge(
            "gil_exporter_observation_sample_rate",
            help: "Samples of each process per second, as the CPU budget allows now; 0 while nothing is observed."
        )
        rounds = registry.counter(
            "gil_exporter_observation_rounds_total",
            help: "Rounds in which every observed process was sampled."
        )
        lateRounds = registry.counter(
            "gil_exporter_observation_late_rounds_total",
            help: "Those that began more than 1 ms late for want of a CPU; many make held time too low."
        )
        lastScan = registry.gauge(
            "gil_exporter_observation_last_scan_timestamp_seconds",
            help: "Unix time of the end of the last complete scan for processes; NaN before the first.",
            unit: .seconds
        )
        lastScan.set(.nan)
        scanDuration = registry.gauge(
            "gil_exporter_observation_scan_duration_seconds",
            help: "Duration of the last complete scan for processes; NaN before the first.",
            unit: .seconds
        )
        scanDuration.set(.nan)
        scanInterval = registry.gauge(
            "gil_exporter_observation_scan_interval_seconds",
            help: "Time from the last scan to the next, as the CPU budget allows; NaN before the first.",
            unit: .seconds
        )
        scanInterval.set(.nan)
        stuckThreads = registry.gauge(
            "gil_exporter_observation_stuck_threads",
            help: "Threads of the exporter that wait for a file of another process, which does not answer."
        )
        deferred = registry.gauge(
            "gil_exporter_observation_deferred_processes",
            help: "Processes that the last scan left to the next, because it had used its share of the CPU budget."
        )
        missedTime = registry.counter(
            "gil_exporter_observation_missed_seconds_total",
            help: "Time in which nothing was sampled for seconds, as the exporter or its host did not run.",
            unit: .seconds
        )
        searchCPU = registry.counter(
            "gil_exporter_observation_search_cpu_seconds_total",
            help: "CPU time that the sampling thread took to find interpreters and locks in the memory of processes.",
            unit: .seconds
        )
        ownCPU = registry.counter(
            "gil_exporter_observation_cpu_seconds_total",
            help: "CPU time that finding and sampling processes took.",
            unit: .seconds
        )
    }
    /// Removes all series of a group.
    func remove(_ group: String) {
        func removeAll(_ families: Family<Gauge>...) {
            for family in families { family.remove { $0.first == group } }
        }
        func removeAll(_ families: Family<Counter>...) {
            for family in families { family.remove { $0.first == group } }
        }
        removeAll(processes, unobservable, waitingThreads, switchInterval, threads, interpreters)
        removeAll(held, wait, switches, waits, forcedHandoffs, samples, cpu, runQueue)
    }
}
