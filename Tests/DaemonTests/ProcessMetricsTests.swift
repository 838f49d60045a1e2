import Exposition
import Glibc
import Logging
import TestSupport
import Testing

@testable import Daemon

struct ProcessMetricsTests {
    private static let fixture = Repository.fixture("proc")

    /// These are asked of the kernel itself.
    private static let limits = ["process_max_fds", "process_virtual_memory_max_bytes"]

    /// What a scrape gives, by metric.
    private func gather(_ registry: Registry) -> [Substring: Double] {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        let samples = String(decoding: buffer, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
        return samples.reduce(into: [:]) { values, sample in
            let parts = sample.split(separator: " ")
            values[parts[0]] = Double(parts[1])
        }
    }

    @Test func `a captured tree gives these metrics and no others`() {
        let registry = Registry()
        ProcessMetrics.register(in: registry, proc: Self.fixture, logger: Logger(label: "test"))
        #expect(
            gather(registry).filter { !Self.limits.contains(String($0.key)) } == [
                "process_cpu_seconds_total": 0.41,
                "process_open_fds": 5,
                "process_virtual_memory_bytes": 240_840_704,
                "process_resident_memory_bytes": 2169 * Double(getpagesize()),
                "process_start_time_seconds": 1_795_461_305 + 2960.28,
                "process_threads": 4,
            ]
        )
    }

    @Test func `every gathering reads the values of this process`() throws {
        let registry = Registry()
        ProcessMetrics.register(in: registry, logger: Logger(label: "test"))
        let first = gather(registry)
        #expect(first.count == 8)
        #expect(first.values.allSatisfy { $0 > 0 || $0 == first["process_cpu_seconds_total"] })
        let before = try #require(first["process_cpu_seconds_total"])
        var now = before
        while now < before + 0.02 { now = try #require(gather(registry)["process_cpu_seconds_total"]) }
        #expect(gather(registry)["process_start_time_seconds"] == first["process_start_time_seconds"])
    }

    @Test func `values that cannot be read have no sample, and one line in the log`() {
        let log = RecordedLog()
        let registry = Registry()
        ProcessMetrics.register(in: registry, proc: "/nonexistent", logger: log.logger)
        #expect(gather(registry).keys.sorted() == Self.limits.map { Substring($0) })
        #expect(gather(registry).keys.sorted() == Self.limits.map { Substring($0) })
        #expect(
            log.errors.sorted() == [
                "open /nonexistent/self/fd: No such file or directory",
                "open /nonexistent/self/stat: No such file or directory",
                "open /nonexistent/stat: No such file or directory",
            ]
        )
    }
}
