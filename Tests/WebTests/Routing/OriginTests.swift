import Testing

@testable import Web

@Suite("The origin of a page")
struct OriginTests {
    @Test(
        "leads to the host that a request names",
        arguments: [
            ("http://test", "test"), ("http://TEST", "test"), ("http://test:80", "test"), ("http://test", "test:80"),
            ("https://test", "test:443"), ("http://test:10061", "test:10061"), ("http://[::1]:10061", "[::1]:10061"),
            ("http://[::1]", "[::1]"), ("http://127.0.0.1:1/page?a=b", "127.0.0.1:1"),
        ]
    )
    func same(text: String, host: String) {
        #expect(Origin(text)?.isOrigin(of: host) == true)
    }

    @Test(
        "leads to no other",
        arguments: [
            ("http://evil.example", "test"), ("http://test:81", "test"), ("http://test", "test:10061"),
            ("https://test", "test:80"), ("http://test.evil.example", "test"), ("http://evil.example/test", "test"),
            ("http://evil.example?test", "test"), ("http://[::1]:2", "[::1]:1"), ("http://test@evil.example", "test"),
        ]
    )
    func other(text: String, host: String) {
        #expect(Origin(text)?.isOrigin(of: host) != true)
    }

    @Test("is none", arguments: ["null", "", "test", "file:///x", "ftp://test", "http://", "http://:80", "http://test:x"])
    func none(text: String) {
        #expect(Origin(text) == nil)
    }
}
