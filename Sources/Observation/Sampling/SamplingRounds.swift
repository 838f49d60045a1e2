/// Rounds through all processes. One that began late, because no CPU was free, may have found a lock dropped that was
/// held at the time that was meant: what has the CPU is more often than not what is observed.
package struct SamplingRounds: Sendable, Equatable {
    package var all: UInt64 = 0
    package var late: UInt64 = 0
    /// Time between rounds that stands for nothing, because it was far too long.
    package var missed = Duration.zero
    /// CPU that it took to find the locks.
    package var searching = Duration.zero
}
