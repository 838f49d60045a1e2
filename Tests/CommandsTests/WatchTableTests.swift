import Testing

@testable import Commands
@testable import Observation

struct WatchTableTests {
    @Test func `names are to the left and numbers to the right`() {
        let table = WatchTable([.busy, .denied], columns: nil)
        #expect(
            table.description == """
                 pid  name     python  build       held   wait  waiting  switches/s   cpu  run queue
                4711  python3  3.11.2  gil         98 %  190 %        2         150  97 %        3 %
                  12  worker   ?       permission     -      -        -           -   1 %          ?

                """
        )
    }

    @Test func `what cannot be observed is not shown as 0`() {
        var process = WatchedProcess.busy
        guard case .success(var activity) = process.activity else { return }
        activity.waitRatio = nil
        activity.observation.waitingThreads = nil
        process.activity = .success(activity)
        #expect(WatchTable([process], columns: nil).description.contains("98 %     ?        ?         150"))
    }

    @Test func `a process of which there is no sample is there, with nothing known`() {
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

    @Test func `a name cannot speak to the terminal`() {
        var process = WatchedProcess.busy
        process.name = "a\u{1B}[2Jb\u{9B}1m\u{202E}"
        process.lockThreads = [LockThread(tid: 1, name: "t\u{1B}c", role: .waits)]
        let table = WatchTable([process], columns: nil).description
        #expect(table.contains("a?[2Jb?1m?"))
        #expect(table.contains("1 t?c: waits"))
    }

    @Test func `lines are no longer than the terminal is wide`() {
        let lines = WatchTable([.busy], columns: 20).description.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 20 })
    }
}
