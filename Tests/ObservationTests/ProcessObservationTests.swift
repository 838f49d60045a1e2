import Observation
import Testing

struct ProcessObservationTests {
    /// They are label values that people's alerts name.
    @Test("the reasons of unobservable processes have their documented names")
    func reasons() {
        let names = UnobservableReason.allCases.map(\.rawValue)
        let documented = [
            "permission", "version", "prerelease", "layout", "image", "libc", "unresponsive", "limit", "architecture",
            "syscall",
        ]
        #expect(names == documented)
    }
}
