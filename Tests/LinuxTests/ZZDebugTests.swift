import Glibc
import Linux
import Testing

struct ZZDebugTests {
    @Test func `debug descriptors`() async {
        await #expect(processExitsWith: .success) {
            func list() -> String {
                (0..<CInt(200)).compactMap { fd -> String? in
                    guard let t = try? SymbolicLink.target(of: "/proc/self/fd/\(fd)") else { return nil }
                    return "\(fd)=\(t)"
                }.joined(separator: " ")
            }
            let first = list()
            let before = try ProcessDescriptors.count()
            let second = list()
            let after = try ProcessDescriptors.count()
            if first != second || before != after { 
                try? StandardStream.error.write("DEBUG \(before) \(after)\n1: \(first)\n2: \(second)\n")
                exit(1)
            }
        }
    }
}
