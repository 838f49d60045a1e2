import Observation
import Testing

@testable import Reports

struct WatchJSONTests {
    @Test func `keys are named as the metrics, one line for each process`() throws {
        let line = String(decoding: try WatchJSON.encode(.busy), as: UTF8.self)
        #expect(
            line
                == #"{"active_ratio":0.95,"active_seconds_total":9.5,"build":"gil","command":"python3 load.py","#
                + #""cpu_ratio":0.97,"forced_handoffs_per_second":140,"forced_handoffs_total":1400,"gil":"on","held_ratio":0.975,"held_seconds_total":9.75,"#
                + #""interpreters":1,"name":"python3","observed_seconds_total":10,"pid":4711,"run_queue_ratio":0.03,"#
                + #""samples_per_second":100,"samples_total":1000,"switch_interval_seconds":0.005,"#
                + #""switches_per_second":150,"switches_total":1500,"version":"3.11.2","wait_ratio":1.9,"#
                + #""wait_seconds_total":19,"waiting_threads":2,"waits_per_second":310,"waits_total":3100}"# + "\n"
        )
    }

    @Test func `a process that cannot be observed has a reason and no numbers`() throws {
        let line = String(decoding: try WatchJSON.encode(.denied), as: UTF8.self)
        #expect(
            line == #"{"command":"worker","cpu_ratio":0.01,"name":"worker","pid":12,"unobservable":"permission"}"#
                + "\n"
        )
    }

    @Test func `a process without a sample has only the kernel's numbers`() throws {
        var process = WatchedProcess.busy
        process.activity = nil
        let line = String(decoding: try WatchJSON.encode(process), as: UTF8.self)
        #expect(
            line
                == #"{"command":"python3 load.py","cpu_ratio":0.97,"name":"python3","pid":4711,"run_queue_ratio":0.03}"#
                + "\n"
        )
    }

    @Test func `values that a C library hides are missing`() throws {
        let line = String(decoding: try WatchJSON.encode(.hidden), as: UTF8.self)
        #expect(line.contains(#""held_ratio":0.975"#))
        for key in ["wait_ratio", "wait_seconds_total", "waiting_threads", "waits_total", "forced_handoffs_total"] {
            #expect(!line.contains(key), "\(key)")
        }
    }
}
