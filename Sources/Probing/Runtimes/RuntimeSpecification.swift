/// What somebody asked to be probed: a runtime's name and how its worker is started.
package struct RuntimeSpecification: Sendable, Hashable {
    /// How the program is started that counts down.
    package enum Launch: Sendable, Hashable {
        /// This program's own worker.
        case native
        /// A Python interpreter that is given our `countdown.py`. The command line's first word is a path, or a name
        /// that is looked up on PATH; the rest are arguments that come before our own.
        case python(command: [String])
        /// Any program that speaks the worker protocol: the job is its last argument.
        case program(command: [String])
    }

    /// The value of the `runtime` label.
    package var name: String
    package var launch: Launch
    /// Decrements in all, per probe; nil: what suits the implementation, about a quarter of a second.
    package var iterations: Int?

    /// This program's own worker.
    package static let native = RuntimeSpecification(name: "native", launch: .native)

    package init(name: String, launch: Launch, iterations: Int? = nil) {
        self.name = name
        self.launch = launch
        self.iterations = iterations
    }
}
