import Testing

@testable import Observation
@testable import Reports

struct WatchTableTests {
    @Test func `words are aligned to the left and numbers to the right`() {
        let table = WatchTable([.busy, .denied])
        #expect(
            table.description == """
                  pid  name         python  build       held   wait  stalled  waiting  switches/s   cpu  run queue  command
                 4711  python3      3.11.2  gil         98 %  190 %     19 %        2         150  97 %        3 %  python3 load.py
                   12  worker       ?       permission     -      -        -        -           -   1 %          ?  worker
                total  2 processes                      98 %  190 %     19 %        2         150  98 %        3 %

                """
        )
    }

    @Test func `a script on the command line is on one line`() {
        var process = WatchedProcess.busy
        process.commandLine = "/usr/bin/python3 -c \nimport time\n\ntime.sleep(1)"
        #expect(WatchTable([process]).description.contains("  python3 -c import time time.sleep(1)\n"))
    }

    @Test func `one process has no sum`() {
        #expect(WatchTable([.busy]).description.split(separator: "\n").count == 2)
    }

    @Test func `a service is a row with its busiest process`() {
        let processes: [WatchedProcess] = [.busy, .busy, .denied]
        let table = WatchTable(services: WatchedService.all(of: processes), all: processes)
        #expect(
            table.description == """
                service       processes  saturated  busiest   held   wait  stalled  waiting  switches/s    cpu  run queue
                load.service          2          2     98 %  195 %  380 %     38 %        4         300  194 %        6 %
                worker                1          0        ?      ?      ?        ?        ?           ?    1 %          ?
                total                 3          2     98 %  195 %  380 %     38 %        4         300  195 %        6 %

                """
        )
    }

    @Test(arguments: [
        (
            120,
            """
             pid  name     python  build  held   wait  stalled  waiting  switches/s   cpu  run queue  command
            4711  python3  3.11.2  gil    98 %  190 %     19 %        2         150  97 %        3 %  python3 /srv/shop/manage.py r…
            """
        ),
        (
            100,
            """
             pid  name     python  build  held   wait  waiting  switches/s   cpu  run queue  command
            4711  python3  3.11.2  gil    98 %  190 %        2         150  97 %        3 %  python3 /srv/shop/…
            """
        ),
        (
            80,
            """
             pid  name     held   wait  waiting  switches/s   cpu  command
            4711  python3  98 %  190 %        2         150  97 %  python3 /srv/shop/manage…
            """
        ),
        (
            60,
            """
             pid  name     held   wait  waiting   cpu  command
            4711  python3  98 %  190 %        2  97 %  python3 /srv/sho…
            """
        ),
        (
            40,
            """
             pid  name     held   wait
            4711  python3  98 %  190 %
            """
        ),
        (
            20,
            """
             pid  name     held
            4711  python3  98 %
            """
        ),
    ])
    func `columns without room are left out, the least useful first`(columns: Int, expected: String) {
        var process = WatchedProcess.busy
        process.commandLine = "/usr/bin/python3 /srv/shop/manage.py runserver --noreload"
        var style = WatchTable.Style()
        style.columns = columns
        let table = WatchTable([process], style: style).description
        #expect(table.split(separator: "\n").allSatisfy { $0.count <= columns })
        #expect(table == expected + "\n", "\(table)")
    }

    @Test func `rows without room are counted, and the sum stays`() {
        var style = WatchTable.Style()
        style.lines = 7
        let lines = WatchTable(Array(repeating: .busy, count: 10), style: style).description.split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines[4] == "… 7 more")
        #expect(lines[5].hasPrefix("total  10 processes"))
    }

    @Test func `saturated processes have a colour where there are colours`() {
        var style = WatchTable.Style()
        #expect(!WatchTable([.busy], style: style).description.contains("\u{1B}"))
        style.isColoured = true
        let lines = WatchTable([.busy, .denied], style: style).description.split(separator: "\n")
        #expect(lines[1].hasPrefix("\u{1B}[1;31m 4711") && lines[1].hasSuffix("load.py\u{1B}[0m"))
        #expect(!lines[2].contains("\u{1B}"))
    }

    @Test func `an output that is kept has the time in each row`() {
        var style = WatchTable.Style()
        style.time = "2026-11-26T12:00:00.000Z"
        let lines = WatchTable([.busy, .denied], style: style).description.split(separator: "\n")
        #expect(lines[0].hasPrefix("time                        pid  "))
        #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("2026-11-26T12:00:00.000Z  ") })
    }

    @Test func `values that a C library hides are not shown as 0`() {
        #expect(WatchTable([.hidden]).description.contains("98 %     ?        ?        ?         150"))
    }

    @Test func `a process without a sample has a row of unknown values`() {
        var process = WatchedProcess.busy
        process.activity = nil
        #expect(WatchTable([process]).description.contains("4711  python3  ?       ?         ?     ?        ?"))
    }

    @Test func `threads stand below their process`() {
        var process = WatchedProcess.busy
        process.lockThreads = [
            LockThread(tid: nil, name: "?", role: .holds), LockThread(tid: 4713, name: "loader", role: .waits),
        ]
        let lines = WatchTable([process]).description.split(separator: "\n")
        #expect(lines.dropFirst(2) == ["    ? ?: holds", "    4713 loader: waits"])
    }

    @Test func `a name cannot control the terminal`() {
        var process = WatchedProcess.busy
        process.name = "a\u{1B}[2Jb\u{9B}1m\u{202E}"
        process.lockThreads = [LockThread(tid: 1, name: "t\u{1B}c", role: .waits)]
        let table = WatchTable([process]).description
        #expect(table.contains("a?[2Jb?1m?"))
        #expect(table.contains("1 t?c: waits"))
    }

    @Test func `lines are cut to the width of the terminal`() {
        var style = WatchTable.Style()
        style.columns = 3
        let lines = WatchTable([.busy], style: style).description.split(separator: "\n")
        #expect(lines == [" pi", "471"])
    }
}
