/// Where the fields of `struct _gil_runtime_state` are, in bytes: Include/internal/pycore_gil.h of CPython, the same
/// in 3.8 to 3.15.
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

    /// A condition has 48 bytes on all 64-bit Linux; a mutex differs.
    private static let conditionSize = 48

    init(_ build: ProcessObservation.Build, _ machine: Machine) {
        let front: Int
        switch build {
        case .gil: (front, enabled) = (0, nil)
        case .freeThreaded: (front, enabled) = (8, 0)
        }
        interval = front
        lastHolder = front + 8
        locked = front + 16
        switchNumber = front + 24
        condition = front + 32
        switchCondition = condition + Self.conditionSize + machine.mutexSize
        size = switchCondition + Self.conditionSize + machine.mutexSize
    }
}
