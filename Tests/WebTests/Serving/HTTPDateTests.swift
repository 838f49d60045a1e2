import Testing

@testable import Web

struct HTTPDateTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        // The example of RFC 9110, 5.6.7.
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"),
        (1_798_761_599, "Thu, 31 Dec 2026 23:59:59 GMT"),
    ])
    func `a date is written as IMF-fixdate`(seconds: Int, date: String) {
        #expect(HTTPDate.text(seconds) == date)
    }
}
