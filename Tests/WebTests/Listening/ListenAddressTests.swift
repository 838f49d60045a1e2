import Testing
import Web

struct ListenAddressTests {
    @Test(arguments: [
        (":10061", ListenAddress.tcp(host: nil, port: 10061)),
        ("127.0.0.1:9100", .tcp(host: "127.0.0.1", port: 9100)),
        ("localhost:0", .tcp(host: "localhost", port: 0)),
        ("host.example:65535", .tcp(host: "host.example", port: 65535)),
        ("[::1]:10061", .tcp(host: "::1", port: 10061)),
        ("[fe80::1%eth0]:80", .tcp(host: "fe80::1%eth0", port: 80)),
        ("unix:/run/gil-exporter/web.sock", .unix(path: "/run/gil-exporter/web.sock")),
        ("unix:/with:colon", .unix(path: "/with:colon")),
        ("unix:/s?mode=0660", .unix(path: "/s", access: SocketFileAccess(mode: 0o660))),
        ("unix:/s?mode=0000", .unix(path: "/s", access: SocketFileAccess(mode: 0))),
        (
            "unix:/s?mode=0600&group=prometheus",
            .unix(path: "/s", access: SocketFileAccess(mode: 0o600, group: "prometheus"))
        ),
    ])
    func `each notation of a listen address is parsed`(text: String, address: ListenAddress) throws {
        #expect(try ListenAddress(text) == address)
        #expect(address.description == text)
    }

    @Test func `the default listen address is port 10061 of every interface`() {
        #expect(ListenAddress.standard.description == ":10061")
    }

    @Test(arguments: [
        ("", "is empty; write :10061, host:port, [IPv6]:port or unix:/path"),
        ("10061", "the colon before the port is missing; write :10061"),
        ("localhost", "the port is missing; write localhost:10061"),
        ("[::1]", "the port is missing; write [::1]:10061"),
        ("::1:10061", "an IPv6 address needs brackets to separate it from the port; write [::1]:10061"),
        ("[127.0.0.1]:80", "only an IPv6 address takes brackets; write 127.0.0.1 without them"),
        (":65536", "\"65536\" is not a port; write a number from 0 to 65535, where 0 lets the kernel choose"),
        (":+80", "\"+80\" is not a port; write a number from 0 to 65535, where 0 lets the kernel choose"),
        ("host:", "\"\" is not a port; write a number from 0 to 65535, where 0 lets the kernel choose"),
        ("host:http", "\"http\" is not a port; write a number from 0 to 65535, where 0 lets the kernel choose"),
        (
            "unix:/s?mode=0888",
            "\"mode=0888\" is not an option of a socket file; write mode=0660, group=NAME or both with & between them"
        ),
        (
            "unix:/s?mode",
            "\"mode\" is not an option of a socket file; write mode=0660, group=NAME or both with & between them"
        ),
        ("unix:web.sock", "the path of a socket file must be absolute; write unix:/web.sock"),
    ])
    func `an invalid listen address is refused with a correction`(text: String, explanation: String) {
        let error = #expect(throws: ListenAddressError.self) { try ListenAddress(text) }
        #expect(error?.description == "listen address \"\(text)\": \(explanation)")
    }

    @Test func `the path of a socket file has at most 107 bytes`() throws {
        let longest = "/" + String(repeating: "é", count: 53)
        #expect(try ListenAddress("unix:" + longest) == .unix(path: longest))
        let error = #expect(throws: ListenAddressError.self) { try ListenAddress("unix:" + longest + "x") }
        #expect(error?.problem == .pathTooLong)
    }
}
