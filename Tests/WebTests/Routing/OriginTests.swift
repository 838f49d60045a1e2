import Testing

@testable import Web

struct OriginTests {
    @Test(arguments: [
        ("http://test", "test"), ("http://TEST", "test"), ("http://test:80", "test"), ("http://test", "test:80"),
        ("https://test", "test:443"), ("http://test:10061", "test:10061"), ("http://[::1]:10061", "[::1]:10061"),
        ("http://[::1]", "[::1]"), ("http://127.0.0.1:1/page?a=b", "127.0.0.1:1"),
    ])
    func `an origin matches a Host header that names the same scheme, host and port`(text: String, host: String) {
        #expect(Origin(text)?.isOrigin(of: host) == true)
    }

    @Test(arguments: [
        ("http://evil.example", "test"), ("http://test:81", "test"), ("http://test", "test:10061"),
        ("https://test", "test:80"), ("http://test.evil.example", "test"), ("http://evil.example/test", "test"),
        ("http://evil.example?test", "test"), ("http://[::1]:2", "[::1]:1"), ("http://test@evil.example", "test"),
    ])
    func `an origin does not match another host or port`(text: String, host: String) {
        #expect(Origin(text)?.isOrigin(of: host) != true)
    }

    @Test(arguments: ["null", "", "test", "file:///x", "ftp://test", "http://", "http://:80", "http://test:x"])
    func `a text without scheme or host is not an origin`(text: String) {
        #expect(Origin(text) == nil)
    }
}
