/// What stands in a GIL at one moment.
struct GILState: Sendable, Equatable {
    /// What waits on one of the lock's two conditions; known where the C library's layout is.
    struct Condition: Sendable, Equatable {
        /// Waits ever begun.
        var waits: UInt64
        var waitingThreads: Int
    }

    /// Microseconds, as take_gil takes them (Python/ceval_gil.c): 1 at least.
    var switchInterval: UInt64
    /// False on a free-threaded build that runs without the lock.
    var isEnabled: Bool
    var isHeld: Bool
    /// The PyThreadState that holds the lock, or held it last.
    var lastHolder: UInt64
    /// Changes of holder ever.
    var switches: UInt64
    /// Those who want the lock.
    var contenders: Condition?
    /// Those who were made to drop it and wait until another has it.
    var droppers: Condition?

    /// - Throws: ``ReadingError/noInterpreter`` before the lock is created, ``ReadingError/inconsistent`` when these
    ///   are not the bytes of a GIL.
    init(
        parsing bytes: [UInt8],
        at start: Int = 0,
        layout: GILLayout,
        conditions: ConditionLayout?
    ) throws(ReadingError) {
        // sys.setswitchinterval takes any positive number of seconds and stores it as whole microseconds without looking
        // at what becomes of it: 0 of the smallest, and of the largest whatever the processor makes of an overflow.
        let interval = bytes.word(at: start + layout.interval)
        switchInterval = max(1, interval)
        lastHolder = bytes.word(at: start + layout.lastHolder)
        switches = bytes.word(at: start + layout.switchNumber)
        // 0: off. INT_MAX: on for good. Between: so many requests to have it on for a while.
        let enabled = layout.enabled.map { Int32(bitPattern: bytes.halfWord(at: start + $0)) } ?? .max
        isEnabled = enabled > 0

        let locked = Int32(bitPattern: bytes.halfWord(at: start + layout.locked))
        if locked == -1 { throw .noInterpreter }
        isHeld = locked == 1 && isEnabled
        // Each lock begins with an interval of 5 ms, and whoever sets another holds the lock meanwhile: 0 on a lock that
        // nobody ever held is no interval. Without the lock nobody is noted as its holder.
        guard (0...1).contains(locked), enabled >= 0, lastHolder.isMultiple(of: 8), locked == 0 || lastHolder != 0,
            interval != 0 || lastHolder != 0 || !isEnabled
        else { throw .inconsistent }

        contenders = conditions.map { $0.condition(in: bytes, at: start + layout.condition) }
        droppers = conditions.map { $0.condition(in: bytes, at: start + layout.switchCondition) }
    }
}
