import Glibc
import Synchronization

/// Shortages of descriptors and memory that this process met when it opened files: EMFILE, ENFILE and ENOMEM of open(2).
///
/// Many answers come from several small files, each of which may be missing for good reasons. A file that could not be opened
/// for want of a descriptor is not missing, and an answer without it may be wrong in any way.
package enum Shortage {
    private static let failures = Atomic<Int>(0)

    static func explains(_ code: CInt) -> Bool { [EMFILE, ENFILE, ENOMEM].contains(code) }

    /// Notes an error, if a shortage is the reason.
    ///
    /// - Parameter code: errno(3).
    package static func note(_ code: CInt) {
        if explains(code) { failures.add(1, ordering: .relaxed) }
    }

    /// What `work` finds.
    ///
    /// - Returns: nil if any thread has met a shortage meanwhile. Then the work should be done again later.
    package static func absent<Value>(during work: () -> Value) -> Value? {
        let before = failures.load(ordering: .relaxed)
        let value = work()
        return failures.load(ordering: .relaxed) == before ? value : nil
    }
}
