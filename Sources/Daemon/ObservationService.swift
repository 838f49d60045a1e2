import Exposition
import Linux
import Logging
import Observation
import Reports
import ServiceLifecycle
import Web

/// Runs the observation of the host's Python processes, as the configuration in force requires.
final class ObservationService: Service {
    private struct State: Sendable {
        var settings: ObservationSettings
        var isRunning = false
        /// Nil while the observation is off.
        var observer: ProcessObserver?
        /// The outcome of the observer's newest scan; nil before the first.
        var scan: Result<ScanReport, SystemError>?
    }

    /// What was missing for a moment, a thread or a descriptor, must not hide the processes for long.
    private static let retryInterval: Duration = .seconds(10)

    private let metrics: ObservationMetrics
    private let names = GroupNames()
    private let history = GroupHistory()
    /// Nil if stacks are not wanted.
    private let profiles: GroupProfiles?
    private let log: ObservationLog
    private let observeScope: @Sendable (ObservationScope?) -> Void
    private let state: Protected<State>

    /// - Parameters:
    ///   - hasProfiles: whether to look at what holds the locks.
    ///   - observeScope: called after each scan with what limits it, and with nil when the observation ends.
    init(
        _ settings: ObservationSettings,
        registry: Registry,
        logger: Logger,
        hasProfiles: Bool = false,
        observeScope: @escaping @Sendable (ObservationScope?) -> Void = { _ in }
    ) {
        profiles = hasProfiles ? GroupProfiles() : nil
        metrics = ObservationMetrics(registry)
        log = ObservationLog(logger: logger)
        self.observeScope = observeScope
        state = Protected(State(settings: settings))
        registry.beforeGather { [state] in state.withLock { $0.observer }?.refresh() }
    }

    func run() async throws {
        state.withLock { $0.isRunning = true }
        applyState()
        // Cancellation and shutdown both end the observation.
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.retryInterval)) != nil { self.retry() }
        }
        state.withLock { $0.isRunning = false }
        applyState()
    }

    /// Applies new settings. The observer starts again; counters keep their values.
    func apply(_ settings: ObservationSettings) {
        let isOther = state.withLock { state in
            defer { state.settings = settings }
            return state.settings != settings
        }
        if isOther { applyState() }
    }

    /// What held the locks of each group, and what waited for them, until now.
    func currentProfiles() -> [String: LockProfile] {
        guard let profiles else { return [:] }
        state.withLock { $0.observer }?.refresh()
        return profiles.all
    }

    /// Fails if scans have stopped.
    func health() -> Health {
        guard let overdue = state.withLock({ $0.observer })?.overdue else { return .ok }
        return .failing(reason: "no scan for processes has finished for \(Int(overdue.seconds)) s")
    }

    /// The settings in force.
    var settings: ObservationSettings { state.withLock { $0.settings } }

    /// What is observed at this moment.
    func overview() -> ObservationOverview {
        let current = state.withLock { $0 }
        var scan: ScanReport?
        var observation: ObservationOverview.State = current.settings.isEnabled ? .on : .off
        switch current.scan {
        case .success(let report): scan = report
        case .failure(let error): observation = .failed("\(error)")
        case nil: break
        }
        return ObservationOverview(
            current.observer?.groups() ?? [],
            profiles: profiles?.all,
            state: observation,
            usableCPUs: (try? Affinity.ofCallingThread())?.count,
            scan: scan,
            remedy: scan?.scope.advice ?? ""
        )
    }

    /// Starts the observer if that failed before: a thread or a descriptor may have been missing for a moment.
    private func retry() {
        let isMissing = state.withLock { $0.isRunning && $0.settings.isEnabled && $0.observer == nil }
        if isMissing { applyState() }
    }

    /// Stops the observer, and starts a new one if the state requires it.
    private func applyState() {
        let (previous, settings) = state.withLock { state in
            defer { (state.observer, state.scan) = (nil, nil) }
            return (state.observer, state.isRunning && state.settings.isEnabled ? state.settings : nil)
        }
        previous?.stop()
        guard let settings else { return observeScope(nil) }
        do throws(SystemError) {
            let observer = try ProcessObserver(
                settings,
                metrics: metrics,
                names: names,
                history: history,
                profiles: profiles
            ) { [state, log, observeScope] scan in
                let isOn = state.withLock { state in
                    state.scan = scan
                    return state.isRunning && state.settings.isEnabled
                }
                log.record(scan)
                // The observation may have ended meanwhile.
                if isOn, case .success(let report) = scan { observeScope(report.scope) }
            }
            state.withLock { $0.observer = observer }
        } catch {
            state.withLock { $0.scan = .failure(error) }
            log.cannotObserve(error)
        }
    }
}
