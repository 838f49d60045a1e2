import Observation
import Testing

@testable import Reports

struct ProfileReportTests {
    private static let encoding = LockCost(
        held: 2_000_000_000,
        wait: 6_000_000_000,
        waits: 1200,
        longHeld: 1_500_000_000
    )
    /// "main" calls "handle", which calls "encode" and itself.
    private static let profile = {
        let main = PythonFunction(name: "<module>", file: "/srv/app.py", line: 1)
        let handle = PythonFunction(name: "Handler.handle", file: "/srv/app.py", line: 10)
        let encode = PythonFunction(name: "encode", file: "/srv/json;.py", line: 20)
        var profile = StackProfile()
        for (stack, cost) in [
            ([main, handle], LockCost(held: 1_000_000_000, wait: 500_000_000, waits: 100)),
            ([main, handle, handle, encode], Self.encoding),
            ([main, encode], LockCost(held: 1_000_000_000)),
            ([PythonFunction.unknown], LockCost(held: 1_000_000_000, wait: 500_000_000, waits: 100)),
        ] {
            profile.merge(StackProfile(stack: stack, cost))
        }
        return profile
    }()

    @Test func `functions are ranked by the wait that they cause themselves`() {
        let rows = FunctionCosts(Self.profile).rows
        #expect(rows.map(\.function.name) == ["encode", "Handler.handle", "<unknown>", "<module>"])
        #expect(rows[0].own == LockCost(held: 3_000_000_000, wait: 6_000_000_000, waits: 1200, longHeld: 1_500_000_000))
        // A recursive function counts once.
        #expect(rows[1].own.wait == 500_000_000 && rows[1].total.wait == 6_500_000_000)
        #expect(rows[3].own.isZero && rows[3].total.held == 4_000_000_000)
    }

    @Test func `the table has a row for each function that held the lock`() {
        #expect(
            ProfileTable(Self.profile).description == """
                caused  share  callees too    held  long holds  function        defined at
                6.00 s   86 %       6.00 s  3.00 s      1.50 s  encode          /srv/json;.py:20
                0.50 s    7 %       6.50 s  1.00 s           –  Handler.handle  /srv/app.py:10
                0.50 s    7 %       0.50 s  1.00 s           –  <unknown>

                """
        )
        #expect(ProfileTable(Self.profile, limit: 1).description.hasSuffix("… 2 more functions\n"))
    }

    @Test func `the findings name the worst function and what is unknown`() {
        #expect(
            ProfileFindings(Self.profile, seconds: 10).description
                == "In 10 s threads waited 7.00 s for a lock that others held, and the lock was held for 5.00 s. "
                + "Long holds took 1.50 s of it: 50 ms or more at a time while others waited, usually in code in C "
                + "that keeps the lock. encode caused 86 % of the waits. Of 7 % of the waits the cause could not be read in time."
        )
    }

    @Test func `folded stacks have a line for each stack, whose parts cannot be confused`() {
        #expect(
            FoldedStacks(Self.profile, of: \.wait).description == """
                <module> (/srv/app.py:1);Handler.handle (/srv/app.py:10) 500000
                <module> (/srv/app.py:1);Handler.handle (/srv/app.py:10);Handler.handle (/srv/app.py:10);\
                encode (/srv/json,.py:20) 6000000
                <unknown> 500000

                """
        )
    }

    @Test func `each group is a target with its name and an encoded path`() throws {
        let bytes = try ProfileTargets.encode(groups: ["a b/é", "shop.service"], address: "host:1", path: "/gil/")
        #expect(
            String(decoding: bytes, as: UTF8.self) == #"""
                [{"labels":{"__profile_path__":"/gil/a%20b%2F%C3%A9","service_name":"a b/é"},\#
                "targets":["host:1"]},\#
                {"labels":{"__profile_path__":"/gil/shop.service","service_name":"shop.service"},"targets":["host:1"]}]
                """#
        )
    }

    @Test func `a flame graph has a box for each call, and escapes what a program chose`() {
        var profile = Self.profile
        let script = PythonFunction(name: "<script>", file: "\"x\"", line: 1)
        profile.merge(StackProfile(stack: [script], LockCost(wait: 1_000_000_000)))
        let graph = FlameGraph(profile, title: "a & b", summary: "", costName: "wait caused", of: \.wait).source(
            nonce: "n"
        )
        #expect(graph.contains("a &amp; b"))
        #expect(graph.contains("title=\"&lt;script&gt; (&quot;x&quot;:1): wait caused 1.00 s, 12.5 %\""))
        #expect(graph.contains("data-depth=\"4\" data-start="))
        // The call of encode that caused no wait has no width.
        #expect(graph.components(separatedBy: "role=\"treeitem\"").count == 1 + 7)
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator).map(String.init)
    }
}
