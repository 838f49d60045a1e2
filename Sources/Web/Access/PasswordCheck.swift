import Dispatch
import Linux

/// Whoever sends a password, and waits for the answer.
struct Guesser: Sendable {
    let source: ClientSource
    /// Whether there is nobody to answer any more.
    var hasLeft: @Sendable () -> Bool = { false }
    /// Is told when the waiting begins and when it ends.
    var waits: @Sendable (Bool) -> Void = { _ in }
}

/// Finds out whether passwords are right, away from the event loop.
///
/// bcrypt is slow by design, so it is done for one guess at a time, by a thread that goes after all others: whoever
/// guesses gets what is left of one CPU. Guesses wait in fair turns, and those whose password is recognised do not wait.
final class PasswordCheck: Sendable {
    enum Verdict: Sendable, Equatable {
        case right
        case wrong
        /// Too many guesses are waiting, or it has waited for too long.
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

    /// What a guess waits for: given once, by the check or by the end of the wait, whichever comes first.
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

        /// Nobody would read the answers to these.
        mutating func removeHopeless(_ now: UInt64) -> [Guess] {
            queue.removeAll { $0.guesser.hasLeft() || $0.deadline < now }
        }
    }

    /// As many as there are connections, each of which has one request at a time: nobody is turned away whose connection
    /// is not.
    static let mostWaiting = 512
    /// After it a client that is still there has most likely given up: Prometheus does after 10 s by default.
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
        // A stop does not wait for a check that may take minutes.
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
            let hopeless = state.queue.count < Self.mostWaiting ? [] : state.removeHopeless(now)
            guard state.queue.count < Self.mostWaiting else { return (hopeless, false, false) }
            state.queue.add(guess, from: guess.guesser.source, user: guess.credentials.user)
            defer { state.isChecking = true }
            return (hopeless, true, !state.isChecking)
        }
        for guess in hopeless { guess.answer.give(.busy) }
        if isFirst { startChecking() }
        return hasEntered
    }

    /// One thread for as long as somebody waits: a priority is a thread's, and those of a queue are lent.
    private func startChecking() {
        do throws(SystemError) {
            try POSIXThread(name: "passwords") { [self] in
                ThreadPriority.lower()
                checkAll()
            }.detach()
        } catch {
            // No thread can be had now; who asks again may find one.
            let guesses = state.withLock { state in
                state.isChecking = false
                return state.queue.removeAll { _ in true }
            }
            for guess in guesses { guess.answer.give(.busy) }
        }
    }

    private func checkAll() {
        while true {
            // In one step, so that nobody who has left gets a turn by having come in between.
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
