@testable import Observation

extension WatchedProcess {
    /// Three threads that contend for a lock.
    static let busy = WatchedProcess(
        pid: 4711,
        name: "python3",
        commandLine: "python3 load.py",
        cpuRatio: 0.97,
        runQueueRatio: 0.03,
        activity: .success(
            Activity(
                observation: ProcessObservation(
                    version: PythonVersion(major: 3, minor: 11, micro: 2),
                    build: .gil,
                    isGILEnabled: true,
                    interpreters: 1,
                    switchInterval: .milliseconds(5),
                    observed: .seconds(10),
                    held: .seconds(10),
                    wait: .seconds(19),
                    waitingThreads: 2,
                    samples: 1000,
                    switches: 1500,
                    waits: 3100,
                    forcedHandoffs: 1400
                ),
                samplesPerSecond: 100,
                heldRatio: 0.98,
                switchesPerSecond: 150,
                waitRatio: 1.9,
                waitsPerSecond: 310,
                forcedHandoffsPerSecond: 140
            )
        )
    )

    /// Somebody else's.
    static let denied = WatchedProcess(
        pid: 12,
        name: "worker",
        commandLine: "worker",
        cpuRatio: 0.01,
        runQueueRatio: nil,
        activity: .failure(.permission)
    )
}
