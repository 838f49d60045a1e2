import Linux

/// What looking for the locks of one process may cost before it is given up: how long its lists are, and how long it
/// takes to read them, is up to the process.
struct SearchAllowance: Sendable {
    /// So many ranges of memory may be read.
    let reads: Int
    private(set) var spent = 0
    /// Nanoseconds of ``KernelClock/monotonic()``.
    private let deadline: UInt64
    private var nextRest = Self.stretch

    /// Whatever the time. A machine without a free CPU is no fault of the process, nor is a page that has to come back
    /// from swap.
    private static let unhurried = 64
    /// A thread that goes before all others (SCHED_FIFO) must let them have the CPU after some hundreds of microseconds.
    private static let stretch = 256
    private static let rest: UInt64 = 500_000

    init(reads: Int, time: Duration) {
        self.reads = reads
        deadline = KernelClock.monotonic() + UInt64(max(0, time.nanoseconds))
    }

    /// For the largest that is read: twice as many threads as fit in 128 GiB with stacks of 8 MiB.
    static var largest: SearchAllowance { SearchAllowance(reads: 1 << 15, time: .seconds(1)) }

    /// To be called before each reading.
    mutating func spend(_ count: Int = 1) throws(ReadingError) {
        guard count <= reads - spent else { throw .exhausted }
        spent += count
        if spent >= nextRest {
            nextRest = spent + Self.stretch
            KernelClock.sleep(until: KernelClock.monotonic() + Self.rest)
        }
        guard spent <= Self.unhurried || KernelClock.monotonic() < deadline else { throw .exhausted }
    }
}
