import Glibc
import Linux
import TestSupport
import Testing

@testable import Daemon

struct LogEventIDTests {
    @Test func `the catalogue explains every event, and nothing else`() throws {
        let catalogue = try ProcFile.read("\(Repository.path)/Packaging/systemd/gil-exporter.catalog")
        let explained = String(decoding: catalogue, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(explained.sorted() == LogEventID.all.map(\.messageID).sorted())
    }

    @Test func `numbers are 128 bits in hexadecimal`() {
        for event in LogEventID.all {
            #expect(event.messageID.count == 32)
            #expect(event.messageID.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }
}
