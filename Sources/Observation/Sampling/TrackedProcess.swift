/// A process that is sampled, and what is known of it so far.
package struct TrackedProcess: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// There is no interpreter in it to be read: it is starting, or it has shut Python down.
        case starting
        case observed
        /// Not now: it is tried again from time to time, for a process may change its program or its user.
        case unobservable(UnobservableReason)
        /// It has ended. What was seen of it stays here until it is untracked.
        case ended
    }

    package var state: State = .starting
    /// Nil until it could be read once; stays when it cannot be read any more.
    package var observation: ProcessObservation?
}
