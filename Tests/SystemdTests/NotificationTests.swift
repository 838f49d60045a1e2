import Testing

@testable import Systemd

struct NotificationTests {
    @Test(
        arguments: [
            ("fine\nWATCHDOG=trigger", "STATUS=fine WATCHDOG=trigger"),
            ("a\r\nb\tc\u{0}d\u{7F}e\u{85}f", "STATUS=a b c d e f"),
            ("", "STATUS="),
            ("speed-up 1.9 × – naïve 👩‍🔬", "STATUS=speed-up 1.9 × – naïve 👩‍🔬"),
        ]
    )
    func `a status stays on its line`(text: String, assignment: String) {
        #expect(Notification.status(text).assignments == assignment)
    }

    @Test func `a long status is cut between characters`() {
        let status = Notification.status(String(repeating: "👩‍🔬", count: 1000)).assignments
        #expect(status.utf8.count <= "STATUS=".utf8.count + Notification.longestStatus)
        #expect(status.dropFirst("STATUS=".count).allSatisfy { $0 == "👩‍🔬" })
        #expect(status.count > "STATUS=".count + 50)
    }

    @Test func `a reload says when it began, so that a ready from before does not end it`() throws {
        let assignments = Notification.reloading.assignments.split(separator: "\n")
        try #require(assignments.count == 2)
        #expect(assignments[0] == "RELOADING=1")
        let time = try #require(UInt64(assignments[1].dropFirst("MONOTONIC_USEC=".count)))
        let later = try #require(UInt64(Notification.reloading.assignments.split(separator: "=").last ?? ""))
        #expect(later >= time)
    }

    @Test(
        arguments: [
            (Notification.errno(98), "ERRNO=98"), (.extendTimeout(.milliseconds(1500)), "EXTEND_TIMEOUT_USEC=1500000"),
            (.extendTimeout(.seconds(-1)), "EXTEND_TIMEOUT_USEC=0"), (.stopping, "STOPPING=1"),
        ]
    )
    func `numbers are in the units that the manager expects`(notification: Notification, assignment: String) {
        #expect(notification.assignments == assignment)
    }
}
