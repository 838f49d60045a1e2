import Daemon
import Glibc
import Testing

/// Each in a process of its own, as the environment is the process's.
struct ControlSocketPathTests {
    @Test func `a service has it in its first runtime directory`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("RUNTIME_DIRECTORY", "/run/gil-exporter:/run/other", 1)
            #expect(ControlSocketPath.ofThisService == "/run/gil-exporter/control.sock")
        }
    }

    @Test func `outside of a service there is none`() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("RUNTIME_DIRECTORY")
            #expect(ControlSocketPath.ofThisService == nil)
        }
    }
}
