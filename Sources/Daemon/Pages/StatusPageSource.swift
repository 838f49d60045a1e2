import Linux
import Probing
import Web

/// Makes the status page of what is known now, and the same for programs.
struct StatusPageSource: Sendable {
    let history: RoundHistory
    let scheduler: ProbeScheduler
    let telemetryPath: TelemetryPath
    /// What stands before the path of every link.
    let prefix: RoutePrefix

    @Sendable
    func page() -> StatusPage {
        let contents = history.contents
        return StatusPage(
            host: HostName.current ?? "this host",
            version: "\(BuildInfo.version) (\(BuildInfo.revision))",
            links: [
                link("\(telemetryPath)", "Metrics"), link("/api/v1/rounds", "JSON"), link("/-/healthy", "Health"),
                link("/-/ready", "Readiness"),
            ],
            verdict: StatusPage.Verdict(ParallelismLimit(contents.rounds)),
            facts: facts(contents),
            runtimes: contents.runtimes.map { StatusPage.Runtime($0, rounds: contents.rounds) },
            failures: contents.failures.reversed().map { StatusPage.Failure($0, now: KernelClock.unixTime()) }
        )
    }

    /// The same as JSON.
    @Sendable
    func rounds() throws -> [UInt8] {
        try RoundsDocument.encode(history.contents, timeToNextRound: scheduler.timeToNextRound)
    }

    private func link(_ path: String, _ text: String) -> StatusPage.Link {
        StatusPage.Link(path: prefix.path(of: path), text: text)
    }

    private func facts(_ contents: RoundHistory.Contents) -> [StatusPage.Fact] {
        var facts = [StatusPage.Fact("Now", activity(contents))]
        if let newest = contents.rounds.last {
            let age = KernelClock.unixTime() - newest.finished
            facts.append(StatusPage.Fact("Last round", "\(DecimalText.rough(seconds: age)) ago"))
            facts.append(StatusPage.Fact("Rounds", "\(newest.number + 1)"))
            facts.append(StatusPage.Fact("Cost of the last", "\(Self.tenths(newest.cpuSeconds)) s of CPU"))
        }
        return facts
    }

    private func activity(_ contents: RoundHistory.Contents) -> String {
        if let running = contents.running {
            return "running \(running.runtime) \(running.probe.rawValue), \(running.done + 1) of \(running.total)"
        }
        guard let wait = scheduler.timeToNextRound else { return "beginning a round" }
        let delay = contents.isStretched ? ", delayed to keep the CPU budget" : ""
        return "next round in \(DecimalText.rough(seconds: wait.seconds))\(delay)"
    }

    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
