import Dispatch
import Linux

/// A client that has sent a password and waits for the answer.
struct Guesser: Sendable {
    let source: ClientSource
    /// Whether the client has closed its connection.
    var hasLeft: @Sendable () -> Bool = { false }
    /// Called with true when the wait begins and with false when it ends.
    var waits: @Sendable (Bool) -> Void = { _ in }
}

/// Checks passwords away from the event loop.
///
/// bcrypt is slow by design, so one thread of the lowest priority checks one guess at a time: guessing clients get what
/// the rest of the exporter leaves of one CPU. Guesses wait in fair turns; recognised passwords do not wait.
final class PasswordCheck: Sendable {
    enum Verdict: Sendable, Equatable {
        case right
        case wrong
        /// Too many guesses are waiting, or this one has waited for too long.
        case busy
    }

    private struct Guess: Sendable {
        let credentials: BasicCredentials
        let hash: PasswordHash
        let isKnown: Bool
        let guesser: Guesser
        /// Nanoseconds of the monotonic clock.
        let deadline: UInt64
        let answer: Answer
    }

    /// The answer to a guess. The check or the end of the wait gives it, whichever comes first; later ones are ignored.
    private final class Answer: Sendable {
        private struct State {
            var waiting: CheckedContinuation<Verdict, Never>?
            var isGiven = false
        }

        private let state = Protected(State())

        func await(_ continuation: CheckedContinuation<Verdict, Never>) {
            let isGiven = state.withLock { state in
                if !state.isGiven { state.waiting = continuation }
                return state.isGiven
            }
            if isGiven { continuation.resume(returning: .busy) }
        }

        func give(_ verdict: Verdict) {
            let waiting = state.withLock { state in
                state.isGiven = true
                return state.waiting.take()
            }
            waiting?.resume(returning: verdict)
        }
    }

    private struct State {
        var queue = GuessQueue<Guess>()
        var isChecking = false

        /// Removes guesses whose clients have left or waited too long.
        mutating func removeHopeless(_ now: UInt64) -> [Guess] {
            queue.removeAll { $0.guesser.hasLeft() || $0.deadline < now }
        }
    }

    /// As many as there are connections. Each connection has one request at a time, so the queue refuses no client that
    /// has a connection.
    static let maxWaiting = 512
    /// Most clients have given up by then; Prometheus does after 10 s by default.
    private static let patience: UInt64 = 30_000_000_000

    private let recognized = RecognizedPasswords()
    private let brief = DispatchQueue(label: "recognized passwords", qos: .utility)
    private let state = Protected(State())

    func check(_ credentials: BasicCredentials, users: Users, of guesser: Guesser) async -> Verdict {
        let user = credentials.user
        let isKnown = users.contains(user)
        let hash = users.hash(of: user)
        let isRecognized = await withCheckedContinuation { continuation in
            brief.async { [recognized] in
                continuation.resume(returning: recognized.contains(credentials.password, of: user, hash: hash))
            }
        }
        if isRecognized, isKnown { return .right }
        guesser.waits(true)
        defer { guesser.waits(false) }
        let answer = Answer()
        // A shutdown does not wait for a queue that may take minutes.
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.await(continuation)
                let guess = Guess(
                    credentials: credentials,
                    hash: hash,
                    isKnown: isKnown,
                    guesser: guesser,
                    deadline: KernelClock.monotonic() + Self.patience,
                    answer: answer
                )
                if !enter(guess) { answer.give(.busy) }
            }
        } onCancel: {
            answer.give(.busy)
        }
    }

    private func enter(_ guess: Guess) -> Bool {
        let now = KernelClock.monotonic()
        let (hopeless, hasEntered, isFirst) = state.withLock { state in
            let hopeless = state.queue.count < Self.maxWaiting ? [] : state.removeHopeless(now)
            guard state.queue.count < Self.maxWaiting else { return (hopeless, false, false) }
            state.queue.add(guess, from: guess.guesser.source, user: guess.credentials.user)
            defer { state.isChecking = true }
            return (hopeless, true, !state.isChecking)
        }
        for guess in hopeless { guess.answer.give(.busy) }
        if isFirst { startChecking() }
        return hasEntered
    }

    /// Starts the thread that checks until the queue is empty. A dispatch queue would not do: it lends its threads, so
    /// their priority cannot be lowered.
    private func startChecking() {
        do throws(SystemError) {
            try POSIXThread(name: "passwords") { [self] in
                ThreadPriority.lower()
                checkAll()
            }.detach()
        } catch {
            // No thread is available now; a client that asks again may get one.
            let guesses = state.withLock { state in
                state.isChecking = false
                return state.queue.removeAll { _ in true }
            }
            for guess in guesses { guess.answer.give(.busy) }
        }
    }

    private func checkAll() {
        while true {
            // One step under the lock: a guess whose client has left must not get a turn.
            let now = KernelClock.monotonic()
            let (hopeless, next) = state.withLock { state in
                let hopeless = state.removeHopeless(now)
                let next = state.queue.next()
                if next == nil { state.isChecking = false }
                return (hopeless, next)
            }
            for guess in hopeless { guess.answer.give(.busy) }
            guard let guess = next else { return }
            let isRight = guess.hash.matches(guess.credentials.password) && guess.isKnown
            if isRight { recognized.insert(guess.credentials.password, of: guess.credentials.user, hash: guess.hash) }
            guess.answer.give(isRight ? .right : .wrong)
        }
    }
}

/// The last right password of each user, so that a scrape every few seconds does not cost a bcrypt each.
///
/// Passwords are kept as SHA-256 crypt hashes, crypt(5), under a random salt that never leaves the process: a memory dump
/// contains no password, and without the salt nobody can compare stored hashes with guesses. The library that checks
/// passwords also makes these hashes; a faster keyed hash would need another library or cryptography of our own.
private final class RecognizedPasswords: Sendable {
    private struct Recognized {
        let hash: PasswordHash
        let digest: [UInt8]
    }

    /// The fewest rounds that crypt(5) allows, about half a millisecond.
    private let setting: String
    private let recognized = Protected<[String: Recognized]>([:])

    init() {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        let salt = String((0..<16).map { _ in letters[Int(generator.next(upperBound: 64 as UInt64))] })
        setting = "$5$rounds=1000$\(salt)$"
    }

    /// Whether `password` has matched `hash` before. Takes the same time for unknown users.
    func contains(_ password: String, of user: String, hash: PasswordHash) -> Bool {
        let known = recognized.withLock { $0[user] }
        guard let digest = OneWayHash.of(password, setting: setting) else { return false }
        return known?.hash == hash && known?.digest.equalsInConstantTime(digest) == true
    }

    func insert(_ password: String, of user: String, hash: PasswordHash) {
        guard let digest = OneWayHash.of(password, setting: setting) else { return }
        recognized.withLock { $0[user] = Recognized(hash: hash, digest: digest) }
    }
}
