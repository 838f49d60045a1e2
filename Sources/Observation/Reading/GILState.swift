/// What stands in a GIL at one moment.
struct GILState: Sendable, Equatable {
    /// What waits on one of the lock's two conditions; known where the C library's layout is.
    struct Condition: Sendable, Equatable {
        /// Waits ever begun.
        var waits: UInt64
        var waitingThreads: Int
    }

    /// Microseconds.
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

    /// Nobody waits longer for a switch: what is above is a pointer or a counter, not an interval.
    static let longestInterval: UInt64 = 3_600_000_000

    /// - Throws: ``ReadingError/noInterpreter`` before the lock is created, ``ReadingError/inconsistent`` when these
    ///   are not the bytes of a GIL.
    init(
        parsing bytes: [UInt8],
        at start: Int = 0,
        layout: GILLayout,
        conditions: ConditionLayout?
    ) throws(ReadingError) {
        switchInterval = bytes.word(at: start + layout.interval)
        lastHolder = bytes.word(at: start + layout.lastHolder)
        switches = bytes.word(at: start + layout.switchNumber)
        // 0: off. INT_MAX: on for good. Between: so many requests to have it on for a while.
        let enabled = layout.enabled.map { Int32(bitPattern: bytes.halfWord(at: start + $0)) } ?? .max
        isEnabled = enabled > 0

        let locked = Int32(bitPattern: bytes.halfWord(at: start + layout.locked))
        if locked == -1 { throw .noInterpreter }
        isHeld = locked == 1 && isEnabled
        guard (0...1).contains(locked), enabled >= 0, (1...Self.longestInterval).contains(switchInterval),
            lastHolder.isMultiple(of: 8), locked == 0 || lastHolder != 0
        else { throw .inconsistent }

        contenders = conditions.map { $0.condition(in: bytes, at: start + layout.condition) }
        droppers = conditions.map { $0.condition(in: bytes, at: start + layout.switchCondition) }
    }
}
