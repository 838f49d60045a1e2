@testable import Probing

extension FuzzTarget {
    /// The documents that a worker writes: a report, or the description of a runtime.
    static let workerReport = FuzzTarget("worker-report", maxLength: 8192, testExecutions: 400) { input in
        let probe = input.choice(Probe.allCases)
        let expected = WorkerReport.Expectation(
            probe: probe,
            workers: Int(input.byte() % 4) + 1,
            iterations: Int(input.number(UInt16.self)) + 1,
            // Some days.
            lifetime: input.number() % (1 << 50)
        )
        let document = input.all()
        _ = WorkerText.lines(String(decoding: document, as: UTF8.self))
        try require(WorkerText.quote(document).unicodeScalars.count < 2000, "a quotation is short")
        do {
            let report = try WorkerJSON.decode(WorkerReport.self, from: document)
            try require(
                try WorkerJSON.decode(WorkerReport.self, from: WorkerJSON.encode(report)) == report,
                "a report is read as it is written"
            )
            try report.check(against: expected)
            try require(report.duration <= expected.lifetime, "a run is shorter than the life of its process")
            let measurement = Measurement(of: "program", report, disturbances: [], finished: 0)
            try require(measurement.cpuUtilization.isFinite, "a measurement has a utilisation")
            for ledger in report.workers {
                try require(ledger.wall <= report.duration, "a share is shorter than the run")
            }
        } catch let error as FuzzFailure {
            throw error
        } catch {
            try require(!WorkerJSON.explain(error).isEmpty, "a refusal has a reason")
        }
        guard let info = try? WorkerJSON.decode(RuntimeInfo.self, from: document) else { return }
        let bounded = info.bounded()
        try require(bounded.bounded().supported == bounded.supported, "limits are applied once")
        // Each character of a text may be written as an escape.
        try require(bounded.version.utf8.count <= 129 * 10, "the version is short")
        for probe in Probe.allCases { _ = bounded.refusal(of: probe) }
    }

    /// The job, which a worker has as its argument.
    static let workerJob = FuzzTarget("worker-job", maxLength: 1024) { input in
        let text = String(decoding: input.all(), as: UTF8.self)
        guard let job = try? WorkerJob(parsing: text) else { return }
        let written = String(decoding: try WorkerJSON.encode(job), as: UTF8.self)
        try require(try WorkerJob(parsing: written) == job, "a job is read as it is written")
    }
}
