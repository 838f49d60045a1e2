import Linux

/// What looking into processes may cost in one scan. The work is done on several threads.
package final class ScanAllowance: Sendable {
    /// Nanoseconds of ``KernelClock/monotonic()``, when the time is over.
    private let deadline: UInt64
    private let remaining: Protected<Int64>

    /// - Parameters:
    ///   - cpu: of the threads that look.
    ///   - time: a disk that is slow takes time and no CPU.
    package init(cpu: Duration = .seconds(3600), time: Duration = .seconds(3600)) {
        deadline = KernelClock.monotonic() + UInt64(max(0, time.nanoseconds))
        remaining = Protected(cpu.nanoseconds)
    }

    var isSpent: Bool { remaining.withLock { $0 } <= 0 || KernelClock.monotonic() >= deadline }

    /// Takes off what `body` costs the calling thread.
    func spending<Value>(_ body: () -> Value) -> Value {
        let began = KernelClock.threadCPU()
        defer {
            let cost = Int64(clamping: KernelClock.threadCPU() - began)
            remaining.withLock { $0 -= cost }
        }
        return body()
    }
}
