@testable import Observation

extension WatchedProcess {
    /// Three threads that contend for a lock, for ten seconds.
    static let busy: WatchedProcess = {
        let earlier = ProcessObservation(version: PythonVersion(major: 3, minor: 11, micro: 2), build: .gil)
        var later = earlier
        later.observed = .seconds(10)
        later.samples = 1000
        later.active = .milliseconds(9500)
        later.locks = LockTotals(
            held: .milliseconds(9750),
            wait: .seconds(19),
            squaredWait: 37,
            switches: 1500,
            timedWaits: 3100,
            waitsEnded: 1490,
            forcedHandoffs: 1400,
            longHolds: 10,
            longHeld: .milliseconds(600)
        )
        later.holders = HolderTotals(onCPU: .milliseconds(9500), stalledWait: .milliseconds(1900))
        later.waitingThreads = 2
        return WatchedProcess(
            pid: 4711,
            name: "python3",
            commandLine: "python3 load.py",
            service: "load.service",
            cpuRatio: 0.97,
            runQueueRatio: 0.03,
            activity: Activity(from: earlier, to: later).map { .success($0) }
        )
    }()

    /// The same with a C library that hides waiters.
    static let hidden: WatchedProcess = {
        var process = busy
        guard case .success(let activity) = process.activity else { return process }
        var earlier = ProcessObservation(version: activity.observation.version, build: .gil)
        var later = activity.observation
        (earlier.hidesWaiters, later.hidesWaiters, later.waitingThreads) = (true, true, nil)
        process.activity = Activity(from: earlier, to: later).map { .success($0) }
        return process
    }()

    /// A process of another user.
    static let denied = WatchedProcess(
        pid: 12,
        name: "worker",
        commandLine: "worker",
        service: "worker",
        cpuRatio: 0.01,
        runQueueRatio: nil,
        activity: .failure(.permission)
    )
}
