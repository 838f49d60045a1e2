/// The content of a GIL at one moment.
struct GILState: Sendable, Equatable {
    /// The waits on one of the lock's two conditions. Known if the layout of the C library is.
    struct Condition: Sendable, Equatable {
        /// Waits that ever began.
        var waits: UInt64
        var waitingThreads: Int
    }

    /// Microseconds, at least 1, as in take_gil (Python/ceval_gil.c).
    var switchInterval: UInt64
    /// False on a free-threaded build that runs without the lock.
    var isEnabled: Bool
    var isHeld: Bool
    /// The PyThreadState that holds the lock or held it last.
    var lastHolder: UInt64
    /// Changes of holder since the lock was created.
    var switches: UInt64
    /// Threads that want the lock.
    var contenders: Condition?
    /// Threads that were made to drop it and wait until another has taken it.
    var droppers: Condition?

    /// Whether a thread holds the lock or waits for it.
    var isUsed: Bool { isHeld || contenders?.waitingThreads ?? 0 > 0 }

    /// - Throws: ``ReadingError/noInterpreter`` before the lock is created, ``ReadingError/inconsistent`` if these are not
    ///   the bytes of a GIL, ``ReadingError/impossible`` if more threads wait than a host can have.
    init(
        parsing bytes: [UInt8],
        at start: Int = 0,
        layout: GILLayout,
        conditions: ConditionLayout?
    ) throws(ReadingError) {
        // sys.setswitchinterval takes any positive number of seconds and stores it as whole microseconds unchecked: the
        // smallest becomes 0, and the largest overflows.
        let interval = bytes.word(at: start + layout.interval)
        switchInterval = max(1, interval)
        lastHolder = bytes.word(at: start + layout.lastHolder)
        switches = bytes.word(at: start + layout.switchNumber)
        // 0: off. INT_MAX: on for good. Between: the number of temporary requests to have it on.
        let enabled = layout.enabled.map { Int32(bitPattern: bytes.halfWord(at: start + $0)) } ?? .max
        isEnabled = enabled > 0

        let locked = Int32(bitPattern: bytes.halfWord(at: start + layout.locked))
        if locked == -1 { throw .noInterpreter }
        isHeld = locked == 1 && isEnabled
        // Each lock begins with an interval of 5 ms, and a thread that sets another one holds the lock: so a lock that was
        // never held does not have an interval of 0. A lock that is off has no holder.
        guard (0...1).contains(locked), enabled >= 0, lastHolder.isMultiple(of: 8), locked == 0 || lastHolder != 0,
            interval != 0 || lastHolder != 0 || !isEnabled
        else { throw .inconsistent }

        contenders = conditions.map { $0.condition(in: bytes, at: start + layout.condition) }
        droppers = conditions.map { $0.condition(in: bytes, at: start + layout.switchCondition) }
        for condition in [contenders, droppers] where condition?.waitingThreads ?? 0 > ConditionLayout.maxWaiters {
            throw .impossible
        }
    }
}

/// The offsets of the fields of `struct _gil_runtime_state`, in bytes: Include/internal/pycore_gil.h of CPython, the same
/// in 3.8 to 3.15.
struct GILLayout: Sendable, Hashable {
    /// `int enabled`, which only free-threaded builds have, before all other fields.
    let enabled: Int?
    /// `unsigned long interval`, in microseconds.
    let interval: Int
    /// `PyThreadState *last_holder`, which stays set after a release.
    let lastHolder: Int
    /// `int locked`: −1 before the lock is created, then 0 or 1.
    let locked: Int
    /// `unsigned long switch_number`.
    let switchNumber: Int
    /// `pthread_cond_t cond`: threads that want the lock wait here.
    let condition: Int
    /// `pthread_cond_t switch_cond`: a thread that was made to drop the lock waits here until another has taken it.
    let switchCondition: Int
    let size: Int

    /// The same on all 64-bit Linux, unlike the size of a mutex.
    private static let conditionSize = 48

    init(_ build: ProcessObservation.Build, _ architecture: Architecture) {
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
        switchCondition = condition + Self.conditionSize + architecture.mutexSize
        size = switchCondition + Self.conditionSize + architecture.mutexSize
    }
}
