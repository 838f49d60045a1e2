import Testing

@testable import Commands

struct WatchDisplayTests {
    @Test(arguments: [
        ([:], true), (["NO_COLOR": ""], true), (["NO_COLOR": "1"], false), (["NO_COLOR": "0"], false),
        (["TERM": "dumb"], false), (["TERM": "xterm"], true),
    ])
    func `the environment may forbid colours`(environment: [String: String], areAllowed: Bool) {
        #expect(WatchDisplay.allowsColours { environment[$0] } == areAllowed)
    }

    @Test func `q and the end of the input end the watch`() {
        for key in "qQ\u{4}\0".utf8 { #expect(WatchPause.ends(key)) }
        for key in "xr \n".utf8 { #expect(!WatchPause.ends(key)) }
    }
}
