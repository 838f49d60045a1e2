import Dispatch
import Linux

/// Finds out whether passwords are right, away from the event loop.
///
/// bcrypt is slow by design, so it is done for one guess at a time: whoever guesses gets one CPU at most, and those
/// whose password is recognised do not stand in that queue.
final class PasswordCheck: Sendable {
    enum Verdict: Sendable, Equatable {
        case right
        case wrong
        /// Too many guesses are waiting.
        case busy
    }

    /// Guesses that may wait; with a usual hash the last one does for about two seconds.
    private static let mostWaiting = 32

    private let recognized = RecognizedPasswords()
    private let brief = DispatchQueue(label: "recognized passwords", qos: .utility)
    private let slow = DispatchQueue(label: "bcrypt", qos: .utility)
    private let waiting = Protected(0)

    func check(_ credentials: BasicCredentials, users: Users) async -> Verdict {
        let user = credentials.user
        let isKnown = users.contains(user)
        let hash = users.hash(of: user)
        return await withCheckedContinuation { continuation in
            brief.async { [self] in
                if recognized.contains(credentials.password, of: user, hash: hash), isKnown {
                    return continuation.resume(returning: .right)
                }
                guard enter() else { return continuation.resume(returning: .busy) }
                slow.async { [self] in
                    let isRight = hash.matches(credentials.password) && isKnown
                    if isRight { recognized.insert(credentials.password, of: user, hash: hash) }
                    waiting.withLock { $0 -= 1 }
                    continuation.resume(returning: isRight ? .right : .wrong)
                }
            }
        }
    }

    private func enter() -> Bool {
        waiting.withLock { waiting in
            guard waiting < Self.mostWaiting else { return false }
            waiting += 1
            return true
        }
    }
}
