import Exposition
import Linux
import Notation
import Probing
import Reports
import Web

/// The pages about probes: the last rounds as JSON, and a probe on demand.
struct ProbingPages: Sendable {
    let options: ServeOptions
    let history: RoundHistory
    let scheduler: ProbeScheduler
    /// Of the exporter, which bears the cost of all probes.
    let metrics: ProbeMetrics

    var routes: [Route] {
        let onDemand: [Route] =
            options.enablesProbe
            ? [.metrics(at: "/probe", external: options.externalURL, onDemand: runProbe)] : []
        return [
            .json(at: ReportPath.rounds) {
                try RoundHistoryJSON.encode(
                    history.contents,
                    host: HostName.current,
                    version: BuildInfo.version,
                    timeToNextRound: scheduler.timeToNextRound
                )
            }
        ] + onDemand
    }

    /// Runs one probe, for `/probe?runtime=NAME&probe=NAME`, and answers with its metrics alone.
    @Sendable
    private func runProbe(_ request: OnDemandRequest) async throws -> OnDemandAnswer {
        guard let runtime = request.parameters["runtime"], let name = request.parameters["probe"] else {
            return .invalid("name both, as in /probe?runtime=native&probe=gil")
        }
        guard let probe = Probe(rawValue: name) else {
            let probes = Probe.allCases.map(\.rawValue)
            return .invalid("unknown probe \"\(name)\": \(Self.hint(name, probes))the probes are \(Self.list(probes))")
        }
        let registry = Registry()
        let own = ProbeMetrics(registry, settings: scheduler.settings)
        let started = MonotonicInstant.now
        let round: Round
        do {
            round = try await scheduler.run(
                probe,
                of: runtime,
                within: request.limit,
                cost: { [metrics] seconds in for metrics in [own, metrics] { metrics.recordCost(seconds) } },
                observe: own.record
            )
        } catch let refusal as OnDemandRefusal {
            return Self.answer(to: refusal, runtime: runtime)
        }
        registry.gauge("gil_probe_success", help: "1 if this probe gave a measurement, else 0.")
            .set(round.measurements.isEmpty ? 0 : 1)
        registry.gauge(
            "gil_probe_elapsed_seconds",
            help: "Time that this probe took, including the wait for other probes and the start of the worker.",
            unit: .seconds
        )
        .set((MonotonicInstant.now - started).seconds)
        return .metrics(registry)
    }

    private static func answer(to refusal: OnDemandRefusal, runtime: String) -> OnDemandAnswer {
        switch refusal {
        case .disabled:
            .invalid("probes are disabled, by probing.enabled or --no-probing")
        case .unknownRuntime(let names):
            .invalid("unknown runtime \"\(runtime)\": \(hint(runtime, names))the runtimes are \(list(names))")
        case .unsupported(let reason):
            .invalid("the runtime \(runtime) does not support this probe: \(reason)")
        case .overBudget(let wait):
            .later(wait, reason: "the CPU budget is spent; probe less often, or raise probing.cpu_budget")
        case .busy:
            .later(.zero, reason: "a round of probes used up the time; allow a longer scrape_timeout")
        }
    }

    /// The name that was probably meant.
    private static func hint(_ name: String, _ names: [String]) -> String {
        // No name of a runtime or a probe is longer.
        nearMiss(String(name.prefix(64)), among: names).map { "did you mean \"\($0)\"? " } ?? ""
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }
}
