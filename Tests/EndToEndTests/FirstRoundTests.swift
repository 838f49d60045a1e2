import TestSupport
import Testing

extension EndToEnd {
    struct FirstRoundTests {
        /// The metrics after the first round, which all of these tests share.
        private static let metrics = Task {
            let exporter = try await RunningExporter.start()
            try await exporter.roundEnded()
            return try await exporter.metrics()
        }

        @Test(.needsPython) func `the first round measures the native runtime and the host's Python by default`()
            async throws
        {
            let metrics = try await Self.metrics.value

            let native = ["single", "gil", "lockfree", "multiprocess", "refcount", "latency"].map {
                Series("native", $0)
            }
            for series in native { #expect(metrics.value("gil_probe_supported", "", series.labels) == 1) }
            #expect(metrics.value("gil_probe_supported", "", Series("native", "subinterpreter").labels) == 0)
            #expect(metrics.value("gil_rounds", "_total", [:]) == 1)
            let measured = metrics.supportedSeries
            let countdowns = metrics.countdownSeries
            for series in native { #expect(measured.contains(series)) }
            for probe in ["single", "gil", "multiprocess", "latency"] {
                #expect(measured.contains(Series("python3", probe)))
            }
            for series in measured {
                #expect(metrics.value("gil_probe_runs", "_total", series.labels) == 1, "\(series)")
                #expect(try #require(metrics.value("gil_probe_last_duration_seconds", "", series.labels)) > 0)
                let speedup = metrics.value("gil_probe_last_speedup_ratio", "", series.labels)
                if countdowns.contains(series) {
                    #expect(try #require(speedup) > 0)
                } else {
                    #expect(speedup == nil)
                }
                #expect(metrics.value("gil_probe_duration_seconds", "_count", series.labels) == 1)
            }
        }

        @Test func `the first round accounts for all of the workers' time`() async throws {
            let metrics = try await Self.metrics.value
            // The waking worker of latency sleeps, which is neither.
            for series in metrics.countdownSeries {
                let wall = try #require(metrics.value("gil_probe_worker_seconds", "_total", series.labels))
                let cpu = ["user", "system"].compactMap { mode in
                    metrics.value("gil_probe_cpu_seconds", "_total", series.labels.merging(["mode": mode]) { $1 })
                }
                let runQueue = try #require(metrics.value("gil_probe_run_queue_seconds", "_total", series.labels))
                let lockWait = try #require(metrics.value("gil_probe_lock_wait_seconds", "_total", series.labels))
                let explained = cpu.reduce(0, +) + runQueue + lockWait
                // The clocks are not read at the same instant; the kernel may preempt a thread between two readings.
                let slack = wall * 0.02 + 0.02
                #expect(explained <= wall + slack, "\(series): \(explained) of \(wall) s")
                // What the hypervisor or an interrupt takes is on none of a thread's clocks: kernel/sched/core.c,
                // update_rq_clock_task. On a machine that disturbs the probes it may be more than the slack.
                let disturbances = ["steal", "run_queue", "throttled"].compactMap { reason in
                    let labels = series.labels.merging(["reason": reason]) { $1 }
                    return metrics.value("gil_probe_disturbed_runs", "_total", labels)
                }
                guard disturbances == [0, 0, 0] else { continue }
                #expect(explained >= wall - slack, "\(series): \(explained) of \(wall) s")
            }
        }

        @Test func `the first round shows what a lock protects, and how late it makes a thread`() async throws {
            let metrics = try await Self.metrics.value
            for scheme in ["gil", "object_lock", "atomic", "biased"] {
                for effect in ["leak", "premature_release"] {
                    let labels = ["runtime": "native", "scheme": scheme, "effect": effect]
                    #expect(metrics.value("gil_refcount_lost_updates", "_total", labels) == 0, "\(labels)")
                }
                let labels = ["runtime": "native", "scheme": scheme, "sharing": "private", "workers": "1"]
                #expect(try #require(metrics.value("gil_refcount_last_pair_seconds", "", labels)) > 0)
            }
            func delays(_ lock: String) throws -> Double {
                let labels = ["runtime": "native", "probe": "latency", "lock": lock]
                let count = try #require(metrics.value("gil_probe_latency_seconds", "_count", labels))
                #expect(count >= 1)
                return try #require(metrics.value("gil_probe_latency_seconds", "_sum", labels)) / count
            }
            // At least the switch interval, unless the other worker did not hold the lock.
            #expect(try delays("shared") > 0.0025)
            _ = try delays("none")
        }

        @Test func `the first round distinguishes a lock from no lock on any machine`() async throws {
            let metrics = try await Self.metrics.value
            func value(_ family: String, _ probe: String, _ suffix: String = "") throws -> Double {
                try #require(metrics.value(family, suffix, Series("native", probe).labels))
            }
            // One of two workers holds the lock at a time, whatever else the CPUs do; without a lock nobody waits.
            #expect(try value("gil_probe_last_lock_wait_ratio", "gil") > 0.1)
            #expect(try value("gil_probe_lock_wait_seconds", "lockfree", "_total") == 0)
            #expect(try value("gil_probe_lock_wait_seconds", "single", "_total") == 0)
            #expect(try value("gil_probe_last_cpu_utilization_ratio", "gil") < 0.6)
            #expect(try value("gil_probe_last_speedup_ratio", "single") == 1)
            #expect(try value("gil_probe_lock_switches", "gil", "_total") >= 1)
            #expect(
                try value("gil_probe_lock_switches", "gil", "_total")
                    <= value("gil_probe_lock_acquisitions", "gil", "_total")
            )
        }
    }
}

extension EndToEnd {
    struct DiscoveryTests {
        @Test func `a host without Python probes the native runtime and logs why nothing else`() async throws {
            let folder = try TemporaryFolder()
            let exporter = try await RunningExporter.start(environment: ["PATH": folder.path])
            let line = try await exporter.log.entry(with: "No python3 on PATH")
            #expect(line.contains("level=WARN"))
            #expect(line.contains("path=\(folder.path)"))
            try await exporter.roundEnded()
            let runtimes = Set(try await exporter.metrics().supportedSeries.map(\.runtime))
            #expect(runtimes == ["native"])
        }

        @Test func `a missing Python is not reported unless Python was asked for`() async throws {
            let folder = try TemporaryFolder()
            let exporter = try await RunningExporter.start(
                configuration: Configurations.native,
                environment: ["PATH": folder.path]
            )
            try await exporter.roundEnded()
            #expect(!exporter.log.entries.contains { $0.contains("No python3") })
        }
    }
}
