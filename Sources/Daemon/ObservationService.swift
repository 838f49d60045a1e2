import Exposition
import Linux
import Logging
import Observation
import ServiceLifecycle
import Web

/// Has the host's Python processes observed, as the configuration wants it.
final class ObservationService: Service {
    private struct State: Sendable {
        var settings: ObservationSettings
        var isRunning = false
        /// Nil while nothing is to be observed.
        var observer: ProcessObserver?
    }

    private let metrics: ObservationMetrics
    private let names = GroupNames()
    private let log: ObservationLog
    private let state: Protected<State>

    init(_ settings: ObservationSettings, registry: Registry, logger: Logger) {
        metrics = ObservationMetrics(registry)
        log = ObservationLog(logger: logger)
        state = Protected(State(settings: settings))
        registry.beforeGather { [state] in state.withLock { $0.observer }?.refresh() }
    }

    func run() async throws {
        state.withLock { $0.isRunning = true }
        restart()
        // Cancelled or shut down: both end the observation.
        try? await gracefulShutdown()
        state.withLock { $0.isRunning = false }
        restart()
    }

    /// Takes other settings. Processes are then looked for anew; what was counted stays.
    func apply(_ settings: ObservationSettings) {
        let isOther = state.withLock { state in
            defer { state.settings = settings }
            return state.settings != settings
        }
        if isOther { restart() }
    }

    /// Whether processes are looked for, where they are to be.
    func health() -> Health {
        guard let overdue = state.withLock({ $0.observer })?.overdue else { return .ok }
        return .failing(reason: "no scan for processes has finished for \(Int(overdue.seconds)) s")
    }

    private func restart() {
        let (previous, settings) = state.withLock { state in
            defer { state.observer = nil }
            return (state.observer, state.isRunning && state.settings.isEnabled ? state.settings : nil)
        }
        previous?.stop()
        guard let settings else { return }
        do throws(SystemError) {
            let observer = try ProcessObserver(settings, metrics: metrics, names: names, report: log.record)
            state.withLock { $0.observer = observer }
        } catch {
            log.cannotObserve(error)
        }
    }
}
