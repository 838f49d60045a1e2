import Testing

@testable import Observation

struct ObservationRightsTests {
    private static func remedy(isRoot: Bool = false, mayTrace: Bool = false, scope: Int? = nil) -> String {
        ObservationRights(isRoot: isRoot, mayTrace: mayTrace, ptraceScope: scope).remedy
    }

    @Test func `a user without rights gets a remedy`() {
        #expect(Self.remedy().contains("sudo"))
        #expect(Self.remedy(scope: 0).contains("sudo"))
    }

    @Test func `a restriction by Yama is named`() {
        #expect(Self.remedy(scope: 1).contains("ptrace_scope is 1"))
        #expect(Self.remedy(scope: 1).contains("own processes"))
    }

    @Test func `no remedy is given that does not help`() {
        #expect(!Self.remedy(isRoot: true).contains("sudo"))
        #expect(!Self.remedy(isRoot: true, scope: 2).contains("sudo"))
        #expect(!Self.remedy(isRoot: true, mayTrace: true).contains("sudo"))
        #expect(!Self.remedy(isRoot: true, mayTrace: true, scope: 3).contains("sudo"))
        #expect(Self.remedy(mayTrace: true, scope: 3).contains("nobody"))
    }
}
