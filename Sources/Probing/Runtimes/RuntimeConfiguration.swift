/// A runtime to probe: its name, and how its workers start.
package struct RuntimeConfiguration: Sendable, Hashable {
    /// How the program that counts down starts.
    package enum Launch: Sendable, Hashable {
        /// This program's own worker.
        case native
        /// A Python interpreter that runs `countdown.py`. The first word is a path, or a name that is looked up on PATH;
        /// the others are arguments before those of this program.
        case python(command: [String])
        /// Any program that speaks the worker protocol: the job is its last argument.
        case program(command: [String])
    }

    /// The value of the `runtime` label.
    package var name: String
    package var launch: Launch
    /// Decrements of all workers together; nil: as many as the implementation suggests, about a fifth of a second.
    package var iterations: Int?
    /// Pairs of each phase of `refcount`; nil: as many as the implementation suggests, in proportion to the iterations.
    package var pairs: Int?

    /// This program's own worker.
    package static let native = RuntimeConfiguration(name: "native", launch: .native)

    package init(name: String, launch: Launch, iterations: Int? = nil) {
        self.name = name
        self.launch = launch
        self.iterations = iterations
    }
}

extension RuntimeConfiguration {
    /// The words of the worker's command: the program, its arguments and, last, the job.
    ///
    /// - Parameter info: the runtime's last answer; nil while it is asked.
    func words(for job: WorkerJob, info: RuntimeInfo?) throws -> [String] {
        let lastWord = String(decoding: try WorkerJSON.encode(job), as: UTF8.self)
        switch launch {
        case .native:
            return [lastWord]
        case .program(let command):
            return command + [lastWord]
        case .python(let command):
            // -I: neither the environment nor the user's site directory nor the working directory may change what is
            // measured. The script is a file in memory on standard input, which multiprocessing can open a second time.
            return command + gilOption(job, info) + ["-I", "/dev/stdin", lastWord]
        }
    }

    /// The content of the worker's standard input.
    var standardInput: [UInt8] {
        switch launch {
        case .python: PackageResources.countdown_py
        case .native, .program: []
        }
    }

    /// A free-threaded interpreter starts with its lock off unless an option or an extension module switches it on. The
    /// option is given either way, so that each probe measures what its name says. Builds with a lock do not know it.
    private func gilOption(_ job: WorkerJob, _ info: RuntimeInfo?) -> [String] {
        guard job.task == .run, info?.freeThreaded == true else { return [] }
        return ["-X", job.probe?.sharesLock == true ? "gil=1" : "gil=0"]
    }
}
