import TestSupport
import Testing

@testable import Linux

struct CgroupThrottlingTests {
    private static let unlimited = "usage_usec 208943054\nuser_usec 139797626\nsystem_usec 69145427\nnice_usec 55977\n"

    /// A tree like /proc whose process is in `cgroup` of a version 2 hierarchy, with these cpu.stat files.
    private func read(cgroup: String, stats: [String: String]) throws -> CgroupThrottling? {
        let directory = try TemporaryFolder()
        try directory.write("0::\(cgroup)\n", to: "self/cgroup")
        let mount = "34 24 0:29 / \(directory.path)/cgroups rw - cgroup2 cgroup2 rw\n"
        try directory.write(mount, to: "self/mountinfo")
        for (path, content) in stats { try directory.write(content, to: "cgroups\(path)/cpu.stat") }
        return try CgroupThrottling.ofThisProcess(proc: directory.path)
    }

    @Test func `what ancestors were throttled is added`() throws {
        let throttling = try read(
            cgroup: "/slice/unit",
            stats: [
                "/slice/unit": Self.unlimited + "nr_periods 100\nnr_throttled 7\nthrottled_usec 1500\n",
                "/slice": Self.unlimited + "nr_periods 100\nnr_throttled 2\nthrottled_usec 500\n",
                "": Self.unlimited,
            ]
        )
        #expect(throttling == CgroupThrottling(periods: 9, time: .milliseconds(2)))
    }

    @Test func `ancestors without the controller, or without the file, do not matter`() throws {
        let stat = "nr_periods 1\nnr_throttled 0\nthrottled_usec 0\n"
        #expect(try read(cgroup: "/slice/unit", stats: ["/slice/unit": stat]) == .init(periods: 0, time: .zero))
        #expect(try read(cgroup: "/slice/unit", stats: ["/slice": stat]) == .init(periods: 0, time: .zero))
    }

    @Test func `without a controller anywhere it is unobservable, not zero`() throws {
        #expect(try read(cgroup: "/unit", stats: ["/unit": Self.unlimited, "": Self.unlimited]) == nil)
        #expect(try read(cgroup: "/unit", stats: [:]) == nil)
    }

    @Test func `version 1 counts nanoseconds`() throws {
        let numbers = try #require(
            CgroupThrottling.numbers(
                parsing: Array("nr_periods 9\nnr_throttled 3\nthrottled_time 123456789\nnr_bursts 0\n".utf8)
            )
        )
        #expect(CgroupThrottling(cpuStat: numbers) == .init(periods: 3, time: .nanoseconds(123_456_789)))
    }

    @Test func `a number that is none is an error that names the file`() {
        let error = #expect(throws: ProcFileError.self) {
            try read(cgroup: "/", stats: ["": "nr_periods 1\nnr_throttled x\nthrottled_usec 0\n"])
        }
        guard case .malformed(let path, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path.hasSuffix("/cgroups/cpu.stat"))
    }

    @Test(arguments: ["nr_throttled", "nr_throttled 1 2\n", "nr_throttled  1\n", " 1\n\nx\n"])
    func `anything but keys with numbers is refused`(content: String) {
        #expect(CgroupThrottling.numbers(parsing: Array(content.utf8)) == nil)
    }

    @Test func `this process's own cgroups can be read`() throws {
        // Whether there is a controller is the host's business; that nothing here is malformed is ours.
        if let throttling = try CgroupThrottling.ofThisProcess() { #expect(throttling.time >= .zero) }
    }
}
