extension RuntimeSpecification {
    /// The words that the worker process is started with: the program, its arguments and, last, the job.
    ///
    /// - Parameter description: what the runtime has said of itself; nil while that is what it is being asked.
    func words(for job: WorkerJob, description: RuntimeDescription?) throws -> [String] {
        let lastWord = String(decoding: try WorkerJSON.encode(job), as: UTF8.self)
        switch launch {
        case .native:
            return [lastWord]
        case .program(let command):
            return command + [lastWord]
        case .python(let command):
            // -I: neither the environment nor the user's site directory nor the working directory may change what is
            // measured. The script is a file in memory on standard input, which multiprocessing can open a second time.
            return command + gilOption(job, description) + ["-I", "/dev/stdin", lastWord]
        }
    }

    /// What the worker finds on its standard input.
    var standardInput: [UInt8] {
        switch launch {
        case .python: PackageResources.countdown_py
        case .native, .program: []
        }
    }

    /// A free-threaded interpreter has its lock off unless told, or unless an extension module switched it on: say it
    /// both ways, so that each probe measures what it is named after. Builds with a lock do not know the option.
    private func gilOption(_ job: WorkerJob, _ description: RuntimeDescription?) -> [String] {
        guard job.task == .run, description?.freeThreaded == true else { return [] }
        return ["-X", job.probe == .gil ? "gil=1" : "gil=0"]
    }
}
