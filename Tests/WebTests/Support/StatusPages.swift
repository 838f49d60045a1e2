@testable import Web

extension StatusPage {
    /// A runtime with a probe that was measured and one that failed, and a failure; `text` wherever text can be.
    static func example(_ text: String = "text") -> StatusPage {
        let time = WorkerTime(cpu: 0.5, lockWait: 0.47, runQueue: nil, rest: 0.01)
        return StatusPage(
            host: text,
            version: text,
            links: [Link(path: "/metrics?\(text)", text: text)],
            verdict: Verdict(limit: .lock, sentence: text, evidence: text),
            facts: [Fact(text, text)],
            runtimes: [
                Runtime(
                    name: text,
                    summary: text,
                    probes: [
                        Probe(
                            name: "gil",
                            meaning: text,
                            idealSpeedup: 1,
                            newest: Figures(seconds: 0.487, speedup: 0.98, workerTime: time),
                            history: [1.02, nil, 0.5, 0.98],
                            disturbances: text
                        ),
                        Probe(
                            name: "multiprocess",
                            meaning: text,
                            idealSpeedup: 2,
                            newest: nil,
                            history: [nil],
                            disturbances: ""
                        ),
                    ],
                    unsupported: [Fact(text, text)]
                )
            ],
            failures: [
                Failure(
                    time: "2026-11-23T19:00:00.123Z",
                    age: 75,
                    runtime: text,
                    probe: nil,
                    seconds: 1.25,
                    reason: text,
                    detail: text,
                    standardError: text
                )
            ]
        )
    }
}
