/// What a person sees who opens the exporter's address in a browser: what limits parallelism on this host, and what
/// the last rounds gave.
package struct StatusPage: Sendable {
    /// The first thing to be read, and what it rests on.
    package struct Verdict: Sendable {
        package enum Limit: Sendable {
            case unknown, machine, lock, both, nothing
        }

        package var limit: Limit
        package var sentence: String
        package var evidence: String

        package init(limit: Limit, sentence: String, evidence: String) {
            self.limit = limit
            self.sentence = sentence
            self.evidence = evidence
        }
    }

    /// A name and what there is to say of it.
    package struct Fact: Sendable {
        package var name: String
        package var text: String

        package init(_ name: String, _ text: String) {
            self.name = name
            self.text = text
        }
    }

    package struct Link: Sendable {
        package var path: String
        package var text: String

        package init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    package struct Runtime: Sendable {
        package var name: String
        /// What it is, in a line.
        package var summary: String
        package var probes: [Probe]
        /// Probes that it cannot run, and why.
        package var unsupported: [Fact]

        package init(name: String, summary: String, probes: [Probe], unsupported: [Fact]) {
            self.name = name
            self.summary = summary
            self.probes = probes
            self.unsupported = unsupported
        }
    }

    package struct Probe: Sendable {
        package var name: String
        /// How it counts down: "2 threads that contend for a lock".
        package var meaning: String
        /// Nil for the one that the others are compared with, whose speedup is 1 by definition.
        package var idealSpeedup: Double?
        /// Nil when the newest run failed.
        package var newest: Figures?
        /// Speedups, and seconds where there is no ideal speedup. Oldest first; nil where there is none.
        package var history: [Double?]
        /// What disturbed the runs, and how many of them: "steal 3 of 60"; empty when nothing did.
        package var disturbances: String

        package init(
            name: String,
            meaning: String,
            idealSpeedup: Double?,
            newest: Figures?,
            history: [Double?],
            disturbances: String
        ) {
            self.name = name
            self.meaning = meaning
            self.idealSpeedup = idealSpeedup
            self.newest = newest
            self.history = history
            self.disturbances = disturbances
        }
    }

    package struct Figures: Sendable {
        package var seconds: Double
        package var speedup: Double?
        package var workerTime: WorkerTime

        package init(seconds: Double, speedup: Double?, workerTime: WorkerTime) {
            self.seconds = seconds
            self.speedup = speedup
            self.workerTime = workerTime
        }
    }

    /// Shares of the workers' time; nil where they cannot be observed.
    package struct WorkerTime: Sendable {
        package var cpu: Double
        package var lockWait: Double?
        package var runQueue: Double?
        package var rest: Double?

        package init(cpu: Double, lockWait: Double?, runQueue: Double?, rest: Double?) {
            self.cpu = cpu
            self.lockWait = lockWait
            self.runQueue = runQueue
            self.rest = rest
        }
    }

    package struct Failure: Sendable {
        /// RFC 3339.
        package var time: String
        /// Seconds since then.
        package var age: Double
        package var runtime: String
        /// Nil where the runtime could not be asked what it is.
        package var probe: String?
        /// How long the run took to fail.
        package var seconds: Double?
        package var reason: String
        package var detail: String
        package var standardError: String

        package init(
            time: String,
            age: Double,
            runtime: String,
            probe: String?,
            seconds: Double?,
            reason: String,
            detail: String,
            standardError: String
        ) {
            self.time = time
            self.age = age
            self.runtime = runtime
            self.probe = probe
            self.seconds = seconds
            self.reason = reason
            self.detail = detail
            self.standardError = standardError
        }
    }

    package var host: String
    package var version: String
    package var links: [Link]
    package var verdict: Verdict
    /// What happens now.
    package var facts: [Fact]
    package var runtimes: [Runtime]
    /// Newest first.
    package var failures: [Failure]

    package init(
        host: String,
        version: String,
        links: [Link],
        verdict: Verdict,
        facts: [Fact],
        runtimes: [Runtime],
        failures: [Failure]
    ) {
        self.host = host
        self.version = version
        self.links = links
        self.verdict = verdict
        self.facts = facts
        self.runtimes = runtimes
        self.failures = failures
    }
}
