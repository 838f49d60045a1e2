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
        /// Whether the observer has the settings before these, because a new one could not be created yet.
        var isOutdated = false
        /// Whether another attempt to create one follows.
        var willRetry = false
        /// The outcome of the observer's newest scan; nil before the first.
        var scan: Result<ScanReport, SystemError>?
    }

    private let metrics: ObservationMetrics
    private let names = GroupNames()
    private let history = GroupHistory()
    /// Nil if stacks are not wanted.
    private let profiles: GroupProfiles?
    private let log: ObservationLog
    private let retryInterval: Duration
    private let observeScope: @Sendable (ObservationScope?) -> Void
    private let state: Protected<State>
    /// For one change of the observer at a time. A change takes some milliseconds.
    private let changes = Protected(())

    /// - Parameters:
    ///   - hasProfiles: whether to look at what holds the locks.
    ///   - retryInterval: the time from a failure to create the observer to the next attempt.
    ///   - observeScope: called after each scan with what limits it, and with nil when the observation ends.
    init(
        _ settings: ObservationSettings,
        registry: Registry,
        logger: Logger,
        hasProfiles: Bool = false,
        retryInterval: Duration = .seconds(1),
        observeScope: @escaping @Sendable (ObservationScope?) -> Void = { _ in }
    ) {
        profiles = hasProfiles ? GroupProfiles() : nil
        metrics = ObservationMetrics(registry)
        log = ObservationLog(logger: logger)
        self.retryInterval = retryInterval
        self.observeScope = observeScope
        state = Protected(State(settings: settings))
        registry.beforeGather { [state] in state.withLock { $0.observer }?.refresh() }
    }

    func run() async throws {
        state.withLock { $0.isRunning = true }
        applyState()
        // Cancellation and shutdown both end the observation.
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(24 * 3600))) != nil {}
        }
        state.withLock { $0.isRunning = false }
        applyState()
    }

    /// Applies new settings. A new observer takes the place of the previous one, which goes on if there cannot be a new one
    /// yet; counters keep their values.
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

    /// Tries again to create the observer, once after each failure: a thread or a descriptor may have been missing for a
    /// moment.
    private func retryLater() {
        let isFirst = state.withLock { state in
            defer { state.willRetry = true }
            return !state.willRetry
        }
        guard isFirst else { return }
        Task {
            try? await Task.sleep(for: retryInterval)
            let isDue = state.withLock { state in
                state.willRetry = false
                return state.isRunning && state.settings.isEnabled && (state.observer == nil || state.isOutdated)
            }
            if isDue { applyState() }
        }
    }

    private func applyState() { changes.withLock { _ in changeObserver() } }

    /// Puts a new observer in the place of the previous one, or none if the state requires it.
    private func changeObserver() {
        let (previous, settings) = state.withLock { state in
            (state.observer, state.isRunning && state.settings.isEnabled ? state.settings : nil)
        }
        guard let settings else {
            state.withLock { ($0.observer, $0.scan, $0.isOutdated) = (nil, nil, false) }
            previous?.stop()
            return observeScope(nil)
        }
        do throws(SystemError) {
            let observer = try makeObserver(settings)
            state.withLock { ($0.observer, $0.scan, $0.isOutdated) = (observer, nil, false) }
            previous?.stop()
            observer.begin()
        } catch {
            if previous != nil {
                state.withLock { $0.isOutdated = true }
                log.cannotApplySettings(error)
            } else {
                state.withLock { $0.scan = .failure(error) }
                log.cannotObserve(error)
            }
            retryLater()
        }
    }

    private func makeObserver(_ settings: ObservationSettings) throws(SystemError) -> ProcessObserver {
        try ProcessObserver(
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
    }
}
