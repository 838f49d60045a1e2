import Glibc

/// Where the fields of `struct _gil_runtime_state` are, in bytes: Include/internal/pycore_gil.h of CPython, the same
/// in 3.8 to 3.14.
struct GILLayout: Sendable, Hashable {
    /// `int enabled`, which only free-threaded builds have, in front of all else.
    let enabled: Int?
    /// `unsigned long interval`, in microseconds.
    let interval: Int
    /// `PyThreadState *last_holder`, which stays set after a release.
    let lastHolder: Int
    /// `int locked`: −1 before the lock is created, then 0 or 1.
    let locked: Int
    /// `unsigned long switch_number`.
    let switchNumber: Int
    /// `pthread_cond_t cond`: who wants the lock waits here.
    let condition: Int
    /// `pthread_cond_t switch_cond`: who was made to drop the lock waits here until another has taken it.
    let switchCondition: Int
    let size: Int

    static let standard = GILLayout(front: 0, enabled: nil)
    static let freeThreaded = GILLayout(front: 8, enabled: 0)

    /// A condition has 48 bytes on all 64-bit Linux; a mutex of glibc has 40, and 48 on aarch64. An interpreter that
    /// can be read runs on this machine's architecture, so this program's own mutex tells.
    private init(front: Int, enabled: Int?) {
        let condition = MemoryLayout<pthread_cond_t>.size
        let mutex = unsafe MemoryLayout<pthread_mutex_t>.size
        self.enabled = enabled
        interval = front
        lastHolder = front + 8
        locked = front + 16
        switchNumber = front + 24
        self.condition = front + 32
        switchCondition = self.condition + condition + mutex
        size = switchCondition + condition + mutex
    }

    static func of(_ build: ProcessObservation.Build) -> GILLayout {
        switch build {
        case .gil: standard
        case .freeThreaded: freeThreaded
        }
    }
}
