import Testing

@testable import Observation
@testable import Reports

struct WatchTableTests {
    @Test func `words are aligned to the left and numbers to the right`() {
        let table = WatchTable([.busy, .denied], columns: nil)
        #expect(
            table.description == """
                 pid  name     python  build       held   wait  waiting  switches/s   cpu  run queue
                4711  python3  3.11.2  gil         98 %  190 %        2         150  97 %        3 %
                  12  worker   ?       permission     -      -        -           -   1 %          ?

                """
        )
    }

    @Test func `values that a C library hides are not shown as 0`() {
        #expect(WatchTable([.hidden], columns: nil).description.contains("98 %     ?        ?         150"))
    }

    @Test func `a process without a sample has a row of unknown values`() {
        var process = WatchedProcess.busy
        process.activity = nil
        #expect(WatchTable([process], columns: nil).description.contains("4711  python3  ?       ?         ?     ?"))
    }

    @Test func `threads stand below their process`() {
        var process = WatchedProcess.busy
        process.lockThreads = [
            LockThread(tid: nil, name: "?", role: .holds), LockThread(tid: 4713, name: "loader", role: .waits),
        ]
        let lines = WatchTable([process], columns: nil).description.split(separator: "\n")
        #expect(lines.dropFirst(2) == ["    ? ?: holds", "    4713 loader: waits"])
    }

    @Test func `a name cannot control the terminal`() {
        var process = WatchedProcess.busy
        process.name = "a\u{1B}[2Jb\u{9B}1m\u{202E}"
        process.lockThreads = [LockThread(tid: 1, name: "t\u{1B}c", role: .waits)]
        let table = WatchTable([process], columns: nil).description
        #expect(table.contains("a?[2Jb?1m?"))
        #expect(table.contains("1 t?c: waits"))
    }

    @Test func `lines are cut to the width of the terminal`() {
        let lines = WatchTable([.busy], columns: 20).description.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 20 })
    }
}
