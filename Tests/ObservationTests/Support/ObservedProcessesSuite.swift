import Exposition
import Linux

@testable import Observation

/// Tests of the metrics of processes that a made-up sampler observes.
protocol ObservedProcessesSuite {
    var registry: Registry { get }
    var metrics: ObservationMetrics { get }
    var sampler: FakeSampler { get }
}

extension ObservedProcessesSuite {
    var processes: ObservedProcesses { ObservedProcesses(metrics: metrics, sampler: sampler) }

    var lines: [String] {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        return String(decoding: buffer, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    static func process(_ pid: Int32) -> ProcessIdentity { ProcessIdentity(pid: pid, startTime: 5) }

    static func scanned(
        _ pid: Int32,
        group: String = "shop",
        runtime: UInt64 = 1,
        startTime: UInt64 = 5,
        identity: GroupIdentity? = nil
    ) -> ScannedProcess {
        let process = ProcessIdentity(pid: pid, startTime: startTime)
        let location = InterpreterLocation(process: process, runtime: runtime, version: nil, libc: .unknown)
        return ScannedProcess(
            process: process,
            interpreter: .success(location),
            group: group,
            identity: identity,
            usage: ProcessAccount.Usage(runQueue: .seconds(3), threads: 4)
        )
    }

    static func observation(
        held: Int,
        hidesWaiters: Bool = false,
        recent: ProcessObservation.Recent? = nil
    ) -> ProcessObservation {
        ProcessObservation(
            version: PythonVersion(major: 3, minor: 11, micro: 2),
            build: .gil,
            observed: .seconds(10),
            samples: 100,
            active: .seconds(8),
            locks: LockTotals(
                held: .seconds(held),
                wait: .seconds(7),
                switches: 10,
                timedWaits: 20,
                waitsEnded: 8,
                forcedHandoffs: 9
            ),
            cpu: CPUTime(user: .seconds(2), system: .seconds(1)),
            cpuBefore: CPUTime(user: .seconds(0.5), system: .seconds(0.25)),
            hidesWaiters: hidesWaiters,
            waitingThreads: hidesWaiters ? nil : 2,
            recent: recent
        )
    }
}
