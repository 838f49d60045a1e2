import Glibc
import Testing

@Suite("Prometheus's own checker", .enabled(if: Promtool.isInstalled, "needs promtool (Debian: prometheus)"))
struct PromtoolTests {
    @Test("finds nothing in the text format's golden file")
    func acceptsGolden() {
        #expect(Promtool.check(Golden.path("example.prom")) == Promtool.Finding(text: "", status: 0))
    }

    @Test("does find something where there is something")
    func isReallyRun() {
        let finding = Promtool.check(Golden.path("example.openmetrics"))
        #expect(finding?.status != 0)
        #expect(finding?.text.isEmpty == false)
    }
}

private enum Promtool {
    struct Finding: Equatable {
        var text: String
        var status: CInt
    }

    static var isInstalled: Bool {
        unsafe system("command -v promtool >/dev/null") == 0
    }

    /// What `promtool check metrics` says of a file, and how it ended; nil if it could not be run.
    static func check(_ path: String) -> Finding? {
        guard let pipe = unsafe popen("promtool check metrics < '\(path)' 2>&1", "r") else { return nil }
        var text: [UInt8] = []
        while case let byte = unsafe fgetc(pipe), byte != EOF { text.append(UInt8(truncatingIfNeeded: byte)) }
        return Finding(text: String(decoding: text, as: UTF8.self), status: unsafe pclose(pipe))
    }
}
