import Exposition
import Linux
import Probing
import Web

/// Runs single probes for those who ask over HTTP, and answers what each gave, as metrics of its own.
struct OnDemandProbing: Sendable {
    let scheduler: ProbeScheduler
    /// Those of the exporter: what a probe costs, it costs whoever has asked for it.
    let metrics: ProbeMetrics

    func answer(_ request: ProbeRequest) async throws -> ProbeAnswer {
        guard let probe = Probe(rawValue: request.probe) else {
            return .unknown(
                "there is no probe \"\(request.probe)\"; there are \(Self.list(Probe.allCases.map(\.rawValue)))"
            )
        }
        let registry = Registry()
        let own = ProbeMetrics(registry, settings: scheduler.settings)
        let started = KernelClock.monotonic()
        let round: Round
        do {
            round = try await scheduler.run(probe, of: request.runtime, within: request.limit, observe: own.record)
        } catch let refusal as OnDemandRefusal {
            return Self.answer(to: refusal, request)
        }
        own.recordCost(of: round)
        metrics.recordCost(of: round)
        registry.gauge("gil_probe_success", help: "1 if this probe gave a measurement, else 0.")
            .set(round.measurements.isEmpty ? 0 : 1)
        registry.gauge(
            "gil_probe_elapsed_seconds",
            help: "Time that this probe took in all, the wait for other probes and the start of the worker included.",
            unit: .seconds
        )
        .set(Double(KernelClock.monotonic() - started) / 1e9)
        return .metrics(registry)
    }

    private static func answer(to refusal: OnDemandRefusal, _ request: ProbeRequest) -> ProbeAnswer {
        switch refusal {
        case .unknownRuntime(let names):
            .unknown("there is no runtime \"\(request.runtime)\"; there are \(list(names))")
        case .overBudget(let wait):
            .later(wait, reason: "the CPU budget is spent; probe less often, or raise probing.cpu_budget")
        case .busy:
            .later(.zero, reason: "a round of probes took the time that there was; allow a longer scrape_timeout")
        }
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
