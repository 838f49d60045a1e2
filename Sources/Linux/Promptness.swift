import CLinux

/// How soon a thread gets a CPU when it wakes up, though others are using all of them: sched(7).
package enum Promptness: String, Sendable {
    /// At once, SCHED_FIFO: for root, CAP_SYS_NICE, or within RLIMIT_RTPRIO.
    case realtime
    /// Mostly at once, as its time slice is a short one: anybody may, from Linux 6.12 on (kernel/sched/fair.c,
    /// PREEMPT_SHORT).
    case shortSlice
    /// When the scheduler finds it fair. With EEVDF that may be when another thread goes to sleep: Linux 6.6 to 6.11.
    case ordinary

    private static let lowestPriority: CInt = 1
    /// Nanoseconds; the shortest that the kernel takes.
    private static let slice: UInt64 = 100_000

    /// Makes the calling thread as prompt as it may be. Threads and processes that it creates are ordinary again.
    package static func most() -> Promptness {
        if clinux_set_realtime(lowestPriority) == 0 { return .realtime }
        return clinux_set_slice(slice) == 0 ? .shortSlice : .ordinary
    }
}
