import CLinux

/// The CPUs that a thread may run on: sched_setaffinity(2).
package enum Affinity {
    /// Numbers of the CPUs in the calling thread's mask, ascending.
    package static func ofCallingThread() throws(SystemError) -> [Int] {
        let count = clinux_affinity(nil, 0)
        guard count >= 0 else { throw SystemError("sched_getaffinity") }
        var cpus = [CInt](repeating: 0, count: Int(count))
        let found = unsafe clinux_affinity(&cpus, count)
        guard found >= 0 else { throw SystemError("sched_getaffinity") }
        return cpus.prefix(Int(found)).map(Int.init)
    }

    /// Restricts the calling thread, and what it forks, to `cpus`.
    package static func restrictCallingThread(to cpus: [Int]) throws(SystemError) {
        let numbers = cpus.map(CInt.init)
        guard unsafe clinux_set_affinity(numbers, CInt(numbers.count)) == 0 else {
            throw SystemError("sched_setaffinity to CPUs \(cpus)")
        }
    }
}
