import Observation
import Testing

@testable import Commands

struct WatchJSONTests {
    @Test func `keys are named as the metrics, one line a process`() throws {
        let line = String(decoding: try WatchJSON.encode(.busy), as: UTF8.self)
        #expect(
            line
                == #"{"build":"gil","command":"python3 load.py","cpu_ratio":0.97,"forced_handoffs_per_second":140,"#
                + #""forced_handoffs_total":1400,"gil":"on","held_ratio":0.98,"held_seconds_total":10,"#
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

    @Test func `a process of which there is no sample has no numbers but those of the kernel`() throws {
        var process = WatchedProcess.busy
        process.activity = nil
        let line = String(decoding: try WatchJSON.encode(process), as: UTF8.self)
        #expect(
            line
                == #"{"command":"python3 load.py","cpu_ratio":0.97,"name":"python3","pid":4711,"run_queue_ratio":0.03}"#
                + "\n"
        )
    }
}
