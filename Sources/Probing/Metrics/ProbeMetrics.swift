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

    /// Counts what a round has cost that is nobody's event: a probe on demand.
    package func recordCost(of round: Round) { rounds.cpu.increment(by: round.cpuSeconds) }

    /// Brings the metrics up to date with what has happened.
    ///
    /// - Parameter settings: those that the round is run under.
    package func record(_ event: ProbingEvent, settings: ProbingSettings) {
        switch event {
        case .described(let runtime, let description):
            show(runtime.name, description, settings: settings)
        case .undescribed(let runtime, let failure, _):
            for probe in settings.probes where !rounds.isUnsupported(probe, by: runtime.name) {
                counters.failures.with(runtime.name, probe.rawValue, failure.reason.rawValue).increment()
            }
        case .planned(let runtimes):
            for case (let runtime, let description?) in runtimes {
                show(runtime, description, settings: settings)
            }
            showOnly(Set(runtimes.map(\.runtime)), settings: settings)
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
        case .rescheduled(let next):
            rounds.interval.set(next.interval.seconds)
        }
    }

    private func show(_ runtime: String, _ description: RuntimeDescription, settings: ProbingSettings) {
        rounds.describe(runtime, description)
        for probe in settings.probes {
            let isSupported = description.supports(probe)
            gauges.supported.with(runtime, probe.rawValue).set(isSupported ? 1 : 0)
            guard isSupported else { continue }
            counters.start(runtime, probe, hasOwnLock: description.implementation == "native" && probe == .gil)
            gauges.start(runtime, probe, workers: probe.workers(settings.workers))
        }
    }

    /// Takes back the series of what a reload, an upgrade or a removal left out of the rounds.
    private func showOnly(_ runtimes: Set<String>, settings: ProbingSettings) {
        rounds.forget { !runtimes.contains($0) }
        let probed = { (runtime: String, probe: String) -> Probe? in
            runtimes.contains(runtime) ? settings.probes.first { $0.rawValue == probe } : nil
        }
        gauges.supported.remove { probed($0[0], $0[1]) == nil }
        let hasNoRuns = { [rounds] (labels: [String]) -> Bool in
            guard let probe = probed(labels[0], labels[1]) else { return true }
            return rounds.isUnsupported(probe, by: labels[0])
        }
        counters.hide(where: hasNoRuns)
        gauges.remove(where: hasNoRuns)
    }
}
