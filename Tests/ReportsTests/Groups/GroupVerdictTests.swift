import Testing

@testable import Observation
@testable import Reports

struct GroupVerdictTests {
    /// What groups do, and the expected verdicts: processes, held, waiting threads and those for a holder without a CPU,
    /// CPUs, run queue, saturated processes, held and waiting of the busiest process if they differ, and the CPUs that are
    /// free. "-" is unknown.
    private static let table = """
        # The lock.
        1    1       2.3    1      0      0   -          3      lock
            bound by its lock: about 2.3 more CPUs could be used
        1    1       1      1      0.2    0   -          3      lock
            bound by its lock: about 1.0 more CPU could be used
        1    1       1      1      -      0   -          3      lock
            bound by its lock: about 1.0 more CPU could be used
        1    1       1      -      0      0   -          3      lock
            bound by its lock: about 1.0 more CPU could be used
        1    1       2      1      0      0   -          -      lock
            bound by its lock: about 2.0 more CPUs could be used
        8    1.4     1      1.4    0      1   0.99/1     3      lock
            one of 8 processes is bound by the lock: about 1.0 more CPU could be used
        8    3       2      3      0      2   0.99/1     3      lock
            2 of 8 processes are bound by the lock: about 2.0 more CPUs could be used
        8    8       8      8      0      8   0.99/1     20     lock
            bound by its lock: about 8.0 more CPUs could be used
        8    1       0.6    1      0      0   0.6/0.55   3      lock
            its busiest process is bound by the lock: about 0.6 more CPUs could be used
        # The demand against the CPUs of the host.
        1    1       7      1      0.1    0   -          1      lock
            bound by its lock: about 1.0 more CPU could be used, all that are free
        1    1       3      1      0      0   -          3      lock
            bound by its lock: about 3.0 more CPUs could be used
        1    1       1      1      0      0   -          0      lock
            bound by its lock, but no CPU is free to use without it
        1    1       1      1      0      0   -          0.04   lock
            bound by its lock, but no CPU is free to use without it
        # Waits for a holder without a CPU are due to the machine, the others to the lock.
        1    1    2.78/1.53  0.45   2.55   0   -          3      cpus_and_lock
            waits for CPUs and for its lock: of 2.8 threads that wait for the lock, 1.5 wait for a holder without a CPU \
        and 1.3 for one that runs
        1    1       2/1.5   0.3    1.5    0   -          3      cpus
            waits for CPUs: of 2.0 threads that wait for the lock, 1.5 wait for a holder without a CPU
        1    1       2/1.49  0.3    1.5    0   -          3      cpus_and_lock
            waits for CPUs and for its lock: of 2.0 threads that wait for the lock, 1.5 wait for a holder without a CPU \
        and 0.5 for one that runs
        1    1       2/0.5   0.8    0.5    0   -          3      cpus_and_lock
            waits for CPUs and for its lock: of 2.0 threads that wait for the lock, 0.5 wait for a holder without a CPU \
        and 1.5 for one that runs
        # Many threads wait, and only the holder is on a run queue.
        1    1       10/8    0.2    0.8    0   -          3      cpus
            waits for CPUs: of 10.0 threads that wait for the lock, 8.0 wait for a holder without a CPU
        # The holder runs, but the waiting threads wake up without a CPU.
        1    1       2/0.49  0.8    1.5    0   -          3      lock
            bound by its lock, but no CPU is free to use without it
        1    1       2/0.1   1      0.5    0   -          3      lock
            bound by its lock, but no CPU is free to use without it
        1    1       2/0.1   1      0.49   0   -          3      lock
            bound by its lock: about 2.0 more CPUs could be used
        # Nobody waits for the lock of a process, or few do.
        4    1.9     0       1.9    2      0   -          3      cpus
            waits for CPUs, not for the lock: 2.0 threads have none on average
        4    1.9     0.4     1.9    2      0   -          3      cpus
            waits for CPUs: 2.0 threads have none on average, and 0.4 wait for the lock
        4    1.9     0       1.9    0.2    0   -          3      room
            not limited by its lock: held 100 % of the time in the busiest process
        # Half a thread is the limit, as in the alert.
        1    0.6     0.5    0.6    0      0   -          3      room
            not limited by its lock: held 60 % of the time
        1    0.6     0.51   0.6    0      0   -          3      lock
            bound by its lock: about 0.5 more CPUs could be used
        # A holder that sleeps.
        1    1       2/1.9   0.1    0      0   -          3      sleeping_holder
            waits for a thread that holds the lock without using a CPU
        1    1       2/1.9   0.1    0.2    0   -          3      sleeping_holder
            waits for a thread that holds the lock without using a CPU
        # Other threads use CPUs without the lock.
        1    1       2/1     2      0.1    0   -          3      sleeping_holder
            waits for a thread that holds the lock without using a CPU
        1    1       2/0.9   2      0.1    0   -          3      lock
            bound by its lock: about 2.0 more CPUs could be used
        # The kernel does not count the CPU time of threads.
        1    1       2       0.1    -      0   -          3      sleeping_holder
            waits for a thread that holds the lock without using a CPU
        1    1       0      0.1    0      1   -          3      sleeping_holder
            saturated: a thread holds the lock without using a CPU
        # Saturated, but nobody waits.
        1    0.97    0      0.97   0      1   -          3      saturated
            saturated: the lock is always held, and no other thread waits for it
        8    1.2     0      1.2    0      1   0.97/0     3      saturated
            one of 8 processes is saturated: the lock is always held, and no other thread waits for it
        1    0.97    -      0.97   0      1   -          3      saturated
            saturated: the lock is always held, and the C library hides whether threads wait
        # Nothing wrong.
        1    0.001   0      0.002  0      0   -          3      idle
            idle
        1    0       0      -      0      0   -          3      idle
            idle
        1    0.049   0      0.05   0      0   -          3      room
            not limited by its lock: held 5 % of the time
        1    0.2     0      3.1    0      0   -          3      outside
            works without the lock most of the time: uses 3.1 CPUs
        1    0.4     0      0.9    0      0   -          3      room
            not limited by its lock: held 40 % of the time
        """

    struct Case: Sendable, CustomTestStringConvertible {
        let group: ObservedGroup
        let freeCPUs: Double?
        let kind: String
        let text: String

        var testDescription: String { "\(kind): \(text)" }
    }

    private static let cases: [Case] = {
        let lines = table.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return stride(from: 0, to: lines.count, by: 2).map { index in
            let words = lines[index].split(separator: " ").map(String.init)
            let waits = words[2].split(separator: "/").map { Double($0) }
            let busiest = words[6].split(separator: "/").compactMap { Double($0) }
            return Case(
                group: .steady(
                    processes: Int(words[0]) ?? 0,
                    held: Double(words[1]) ?? 0,
                    wait: waits[0],
                    stalled: waits.count > 1 ? waits[1] ?? 0 : 0,
                    cpu: Double(words[3]),
                    runQueue: Double(words[4]),
                    saturated: Int(words[5]) ?? 0,
                    busiest: busiest.count == 2 ? .init(held: busiest[0], waiting: busiest[1]) : nil
                ),
                freeCPUs: Double(words[7]),
                kind: words[8],
                text: lines[index + 1].drop { $0 == " " }.description
            )
        }
    }()

    @Test(arguments: cases)
    func `a verdict fits what the group does, also at its limits`(_ example: Case) {
        let verdict = GroupVerdict(example.group, freeCPUs: example.freeCPUs)
        #expect(verdict.text == example.text)
        #expect(verdict.kind.rawValue == example.kind)
        #expect((verdict.moreCPUs != nil) == (verdict.kind == .lock))
    }

    @Test func `a group without measurement has no verdict on its lock`() {
        #expect(GroupVerdict(.denied("x"), freeCPUs: 1).text == "cannot be observed")
        var group = ObservedGroup(name: "x")
        #expect(GroupVerdict(group, freeCPUs: 1).text == "has no process now")
        group.isExpected = true
        #expect(GroupVerdict(group, freeCPUs: 1).text == "expected, but has no process")
        group.starting = 1
        #expect(GroupVerdict(group, freeCPUs: 1).kind == .unmeasured)
        // It was observed before, but no process was sampled in the last minute.
        var stale = ObservedGroup.steady(held: 1, wait: 3, cpu: 1)
        stale.history.lastMinute?.observed = 0
        #expect(GroupVerdict(stale, freeCPUs: 1).text == "not measured yet")
        // Only its waiting threads are hidden.
        var hidden = ObservedGroup.steady(held: 0.4, wait: nil, cpu: 0.4)
        hidden.unobservable = [.libc: 1]
        #expect(GroupVerdict(hidden, freeCPUs: 1).kind == .room)
    }

    @Test func `processes without a lock are not bound by one`() {
        var group = ObservedGroup.steady(held: 0, wait: 0, cpu: 3)
        let version = PythonVersion(major: 3, minor: 14, micro: 0)
        group.processes = [.init(version: version, build: .freeThreaded, isGILEnabled: false): 1]
        #expect(GroupVerdict(group, freeCPUs: 1).text == "runs without a lock: uses 3.0 CPUs")
    }

    @Test func `every verdict that needs action has a runbook, and each runbook exists`() {
        let groups: [ObservedGroup] = [
            .bound, .denied("x"), .steady(held: 1, wait: 0, cpu: 1, saturated: 1),
            .steady(held: 1, wait: 0, cpu: 1, runQueue: 2),
            .steady(held: 1, wait: 2, stalled: 1, cpu: 0.5, runQueue: 1),
        ]
        for group in groups {
            let verdict = GroupVerdict(group, freeCPUs: 1)
            #expect(verdict.runbook.map { Runbook.all.keys.contains($0) } == true, "\(verdict.kind)")
        }
        #expect(GroupVerdict(.idle, freeCPUs: 1).runbook == nil)
    }
}
