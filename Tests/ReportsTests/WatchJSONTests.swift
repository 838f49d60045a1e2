import Observation
import Testing

@testable import Reports

struct WatchJSONTests {
    @Test func `keys are named as the metrics, one line for each process`() throws {
        let line = String(decoding: try WatchJSON.encode(.busy, at: 1.5), as: UTF8.self)
        #expect(
            line
                == #"{"active_ratio":0.95,"active_seconds_total":9.5,"build":"gil","command":"python3 load.py","#
                + #""cpu_ratio":0.97,"forced_handoffs_per_second":140,"forced_handoffs_total":1400,"gil":"on","held_on_cpu_ratio":0.95,"#
                + #""held_on_cpu_seconds_total":9.5,"held_ratio":0.975,"held_ratio_error":0.005138701,"held_seconds_total":9.75,"#
                + #""interpreters":1,"long_hold_ratio":0.06,"long_hold_seconds_total":0.6,"long_holds_per_second":1,"long_holds_total":10,"#
                + #""name":"python3","observed_seconds_total":10,"pid":4711,"run_queue_ratio":0.03,"#
                + #""samples_per_second":100,"samples_total":1000,"service":"load.service","#
                + #""stalled_wait_ratio":0.19,"stalled_wait_seconds_total":1.9,"switch_interval_seconds":0.005,"#
                + #""switches_per_second":150,"switches_total":1500,"time":"1970-01-01T00:00:01.500Z","timed_waits_per_second":310,"#
                + #""timed_waits_total":3100,"version":"3.11.2","wait_ratio":1.9,"wait_ratio_error":0.009874209,"wait_seconds_total":19,"waiting_threads":2,"#
                + #""waits_ended_per_second":149,"waits_ended_total":1490}"# + "\n"
        )
    }

    @Test func `a process that cannot be observed has a reason and no numbers`() throws {
        let line = String(decoding: try WatchJSON.encode(.denied, at: 1.5), as: UTF8.self)
        #expect(
            line
                == #"{"command":"worker","cpu_ratio":0.01,"name":"worker","pid":12,"service":"worker","#
                + #""time":"1970-01-01T00:00:01.500Z","unobservable":"permission"}"# + "\n"
        )
    }

    @Test func `a process without a sample has only the kernel's numbers`() throws {
        var process = WatchedProcess.busy
        process.activity = nil
        let line = String(decoding: try WatchJSON.encode(process, at: 1.5), as: UTF8.self)
        #expect(
            line
                == #"{"command":"python3 load.py","cpu_ratio":0.97,"name":"python3","pid":4711,"run_queue_ratio":0.03,"#
                + #""service":"load.service","time":"1970-01-01T00:00:01.500Z"}"# + "\n"
        )
    }

    @Test func `values that a C library hides are missing`() throws {
        let line = String(decoding: try WatchJSON.encode(.hidden, at: 1.5), as: UTF8.self)
        #expect(line.contains(#""held_ratio":0.975"#))
        let hidden = [
            "wait_ratio", "wait_seconds_total", "waiting_threads", "waits_", "stalled_wait", "handoffs_total", "long_",
        ]
        for key in hidden {
            #expect(!line.contains(key), "\(key)")
        }
    }

    @Test func `a service has the sums of its processes`() throws {
        let service = WatchedService("load.service", [.busy, .busy, .denied])
        let line = String(decoding: try WatchJSON.encode(service, at: 1.5), as: UTF8.self)
        #expect(
            line
                == #"{"busiest_held_ratio":0.975,"cpu_ratio":1.95,"held_on_cpu_ratio":1.9,"held_ratio":1.95,"processes":3,"#
                + #""processes_saturated":2,"processes_unobserved":1,"run_queue_ratio":0.06,"service":"load.service","#
                + #""stalled_wait_ratio":0.38,"switches_per_second":300,"time":"1970-01-01T00:00:01.500Z","wait_ratio":3.8,"waiting_threads":4}"#
                + "\n"
        )
    }
}
