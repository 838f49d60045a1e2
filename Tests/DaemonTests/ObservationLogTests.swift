import Glibc
import Linux
import Logging
import TestSupport
import Testing

@testable import Daemon
@testable import Observation

struct ObservationLogTests {
    private let recorded = RecordedLog()

    private var log: ObservationLog { ObservationLog(logger: recorded.logger) }

    private static func scope(mayTrace: Bool) -> ObservationScope {
        var facts = ScopeFacts()
        facts.rights = ObservationRights(isRoot: mayTrace, mayTrace: mayTrace, ptraceScope: 0)
        return ObservationScope(facts)
    }

    @Test func `what is granted already is no advice`() {
        log.record(.success(ScanReport(unobservable: [.permission: 1], scope: Self.scope(mayTrace: true))))
        #expect(recorded.messages == ["Python processes cannot be observed for lack of permission"])
        #expect(recorded.entries.first?.metadata["remedy"]?.contains("security module") == true)
    }

    @Test func `what keeps others from being observed is told once, with what grants it`() throws {
        let log = log
        let scope = Self.scope(mayTrace: false)
        for _ in 0..<3 { log.record(.success(ScanReport(unobservable: [.permission: 2], scope: scope))) }
        #expect(recorded.messages == ["Processes of other users are not observed"])
        #expect(recorded.entries.first?.metadata["reason"]?.contains("CAP_SYS_PTRACE") == true)
        #expect(recorded.entries.first?.metadata["remedy"]?.contains("as root") == true)
    }

    @Test func `nothing is told where all can be observed, or none for another reason`() {
        let log = log
        log.record(.success(ScanReport()))
        log.record(.success(ScanReport(unobservable: [.version: 1, .permission: 0])))
        #expect(recorded.messages.isEmpty)
    }

    @Test func `each expression that takes too long is told once`() {
        let log = log
        for expressions in [["a"], ["a", "b"], ["a", "b"]] as [Set<String>] {
            log.record(.success(ScanReport(exhaustedExpressions: expressions)))
        }
        #expect(recorded.entries.compactMap { $0.metadata["expression"] } == ["a", "b"])
    }

    @Test func `what does not answer, costs too much or finds no place is told once each`() {
        let log = log
        for _ in 0..<3 {
            log.record(
                .success(
                    ScanReport(
                        unobservable: [.limit: 1],
                        stuckThreads: 2,
                        stretchedInterval: .seconds(20),
                        overflow: 3
                    )
                )
            )
        }
        #expect(recorded.messages.count == 4)
        #expect(recorded.entries.allSatisfy { $0.metadata["remedy"] != nil })
        log.record(.success(ScanReport(stuckThreads: 9, blindness: .unresponsive)))
        #expect(recorded.messages.count == 5)
    }

    @Test func `a lack of threads is not reported as files that do not answer`() {
        log.record(.success(ScanReport(blindness: .noThread)))
        #expect(recorded.messages.count == 1)
        #expect(recorded.messages.first?.contains("no thread") == true)
        #expect(recorded.entries.first?.metadata["remedy"]?.contains("TasksMax") == true)
    }

    @Test func `an error says what is wrong`() {
        log.record(.failure(SystemError("open /proc", code: EACCES)))
        #expect(recorded.messages == ["Python processes cannot be observed"])
        #expect(recorded.entries.first?.metadata["err"]?.contains("/proc") == true)
    }
}
