import Glibc
import Linux
import Testing

struct CPUStealTimeTests {
    @Test func `only the given CPUs are summed`() throws {
        #expect(try CPUStealTime.total(of: [1], proc: Fixtures.proc) == ClockTicks.duration(829))
        #expect(try CPUStealTime.total(of: [0, 1], proc: Fixtures.proc) == ClockTicks.duration(689 + 829))
    }

    @Test func `a CPU that is offline was robbed of nothing`() throws {
        #expect(try CPUStealTime.total(of: [7], proc: Fixtures.proc) == .zero)
    }

    @Test func `a hidden file is an error, not zero`() {
        #expect(throws: ProcFileError.unreadable(SystemError("open /nonexistent/stat", code: ENOENT))) {
            try CPUStealTime.total(of: [0], proc: "/nonexistent")
        }
    }
}
