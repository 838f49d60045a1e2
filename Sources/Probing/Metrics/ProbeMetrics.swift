package import Exposition
import Linux

/// Keeps what probes gave as metrics: the contract with everyone's dashboards, for probes and runtimes.
package final class ProbeMetrics: Sendable {
    private let counters: ProbeCounters
    private let gauges: ProbeGauges
    private let rounds: RoundMetrics

    package init(_ registry: Registry, settings: ProbingSettings) {
        counters = ProbeCounters(registry)
        gauges = ProbeGauges(registry)
        rounds = RoundMetrics(registry)
        rounds.interval.set(settings.interval.seconds)
    }

    /// Brings the metrics up to date with what has happened.
    ///
    /// - Parameter settings: those that the round is run under.
    package func record(_ event: ProbingEvent, settings: ProbingSettings) {
        switch event {
        case .described(let runtime, let description):
            rounds.describe(runtime.name, description)
            for probe in settings.probes {
                let isSupported = description.supports(probe)
                gauges.supported.with(runtime.name, probe.rawValue).set(isSupported ? 1 : 0)
                guard isSupported else { continue }
                counters.start(runtime.name, probe, hasOwnLock: description.implementation == "native" && probe == .gil)
                gauges.start(runtime.name, probe, workers: probe.workers(settings.workers))
            }
        case .undescribed(let runtime, let failure):
            for probe in settings.probes {
                counters.failures.with(runtime.name, probe.rawValue, failure.reason.rawValue).increment()
            }
        case .began:
            break
        case .measured(let measurement):
            counters.add(measurement)
            gauges.show(measurement)
        case .failed(let runtime, let probe, let failure):
            counters.failures.with(runtime, probe.rawValue, failure.reason.rawValue).increment()
        case .finished(let round, let next):
            for run in round.runs where rounds.isSupported(run.probe, by: run.runtime) {
                let measurement = try? run.outcome.get()
                gauges.show(
                    speedup: measurement.flatMap(round.speedup),
                    of: run,
                    workers: measurement?.workers.count ?? 1
                )
            }
            rounds.finished.increment()
            rounds.interval.set(next.interval.seconds)
            if next.isStretched { rounds.stretched.increment() }
            rounds.cpu.increment(by: round.cpuSeconds)
        case .replanned(let next):
            rounds.interval.set(next.interval.seconds)
        }
    }
}
