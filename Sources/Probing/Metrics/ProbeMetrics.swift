package import Exposition
import Linux

/// The metrics of probes and runtimes: a contract with everyone's dashboards.
package final class ProbeMetrics: Sendable {
    private let counters: ProbeCounters
    private let gauges: ProbeGauges
    private let referenceCounts: ReferenceCountMetrics
    private let latency: LatencyMetrics
    private let rounds: RoundMetrics
    /// Those of the newest round.
    private let settings: Protected<ProbingSettings>
    /// Whether the round that comes next is counted as delayed.
    private let isDelayed = Protected(false)

    package init(_ registry: Registry, settings: ProbingSettings) {
        counters = ProbeCounters(registry)
        gauges = ProbeGauges(registry)
        referenceCounts = ReferenceCountMetrics(registry)
        latency = LatencyMetrics(registry)
        rounds = RoundMetrics(registry)
        rounds.interval.show(settings.isEnabled ? settings.interval.seconds : nil)
        self.settings = Protected(settings)
    }

    /// Counts the cost of a probe on demand, whose events are not recorded here, in seconds of CPU.
    package func recordCost(_ cpuSeconds: Double) { rounds.cpu.increment(by: cpuSeconds) }

    package func record(_ event: ProbingEvent) {
        let settings = settings.withLock { $0 }
        switch event {
        case .started(let settings):
            self.settings.withLock { $0 = settings }
        case .described(let runtime, let info):
            show(runtime.name, info, settings: settings)
        case .undescribed(let runtime, let failure, _):
            for probe in settings.probes where !rounds.isUnsupported(probe, by: runtime.name) {
                counters.failures.with(runtime.name, probe.rawValue, failure.reason.rawValue).increment()
            }
        case .planned(let runtimes):
            for case (let runtime, let info?) in runtimes {
                show(runtime, info, settings: settings)
            }
            showOnly(Set(runtimes.map(\.runtime)), settings: settings)
        case .began:
            break
        case .measured(let measurement):
            counters.add(measurement)
            gauges.show(measurement)
            referenceCounts.add(measurement)
            latency.add(measurement)
        case .failed(let runtime, let probe, let failure):
            counters.failures.with(runtime, probe.rawValue, failure.reason.rawValue).increment()
        case .finished(let round, let next):
            for run in round.runs where rounds.isSupported(run.probe, by: run.runtime) {
                gauges.showRatios(of: run)
            }
            rounds.finished.increment()
            isDelayed.withLock { $0 = false }
            show(next)
            rounds.cpu.increment(by: round.cpuSeconds)
        case .rescheduled(let next):
            show(next)
        case .disabled:
            showOnly([], settings: settings)
            rounds.interval.show(nil)
        }
    }

    private func show(_ next: NextRound) {
        rounds.interval.show(next.interval.seconds)
        let isNews = isDelayed.withLock { isDelayed in
            defer { isDelayed = isDelayed || next.isStretched }
            return next.isStretched && !isDelayed
        }
        if isNews { rounds.stretched.increment() }
    }

    private func show(_ runtime: String, _ info: RuntimeInfo, settings: ProbingSettings) {
        rounds.show(runtime, info)
        for probe in settings.probes {
            let isSupported = info.supports(probe)
            gauges.supported.with(runtime, probe.rawValue).set(isSupported ? 1 : 0)
            guard isSupported else { continue }
            counters.start(runtime, probe, info)
            let workers = probe.workers(settings.workers)
            gauges.start(runtime, probe, workers: workers)
            switch probe.work {
            case .countdown: break
            case .referenceCounts: referenceCounts.start(runtime, info, workers: workers)
            case .wakeUps: latency.start(runtime, info)
            }
        }
    }

    /// Removes the series of runtimes and probes that a reload, an upgrade or a removal took out of the rounds.
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
        referenceCounts.hide { hasNoRuns([$0, Probe.refcount.rawValue]) }
        latency.hide { hasNoRuns([$0, Probe.latency.rawValue]) }
    }
}
