import Linux
import Testing

@Suite("The host's name")
struct HostNameTests {
    @Test("is what the kernel says")
    func name() throws {
        let kernel = String(decoding: try ProcFile.read("/proc/sys/kernel/hostname").dropLast(), as: UTF8.self)
        #expect(HostName.current == kernel)
    }
}
