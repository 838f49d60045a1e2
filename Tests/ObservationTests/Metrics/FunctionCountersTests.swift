import Exposition
import Testing

@testable import Observation

struct FunctionCountersTests {
    private let registry = Registry()
    private let counters: FunctionCounters
    private let second: UInt64 = 1_000_000_000

    init() { counters = FunctionCounters(registry) }

    /// The series without the name of the metric.
    private var lines: [String] {
        var buffer: [UInt8] = []
        registry.write(.text, into: &buffer)
        return String(decoding: buffer, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { String($0.dropFirst("gil_process_function_wait_seconds_total".count)) }.sorted()
    }

    private func count(_ waits: [String: UInt64], of group: String = "shop", top: Int = 2, at seconds: UInt64 = 1) {
        var profile = StackProfile()
        let main = PythonFunction(name: "<module>", file: "/srv/app.py", line: 1)
        for (name, wait) in waits {
            let isFunction = !name.hasPrefix("<")
            let function =
                isFunction ? PythonFunction(name: name, file: "/srv/app.py", line: 7) : PythonFunction(name: name)
            let stack = isFunction ? [main, function] : [function]
            profile.merge(StackProfile(stack: stack, LockCost(held: 5, wait: wait * second)))
        }
        counters.count(profile, of: group, top: top, at: seconds * second)
    }

    @Test func `the functions that cause most have series, and the sum is the whole`() {
        count(["a": 50, "b": 30, "c": 20, "<unknown>": 1, "idle": 0])
        #expect(
            lines == [
                #"{group="shop",function="<other>",file=""} 20"#,
                #"{group="shop",function="<unknown>",file=""} 1"#,
                #"{group="shop",function="a",file="/srv/app.py"} 50"#,
                #"{group="shop",function="b",file="/srv/app.py"} 30"#,
            ]
        )
    }

    @Test func `a function that causes more later gets a series, and the others keep theirs`() {
        count(["a": 50, "b": 30])
        count(["c": 100])
        count(["a": 1, "b": 1, "c": 1])
        #expect(
            lines == [
                #"{group="shop",function="a",file="/srv/app.py"} 51"#,
                #"{group="shop",function="b",file="/srv/app.py"} 31"#,
                #"{group="shop",function="c",file="/srv/app.py"} 101"#,
            ]
        )
    }

    @Test func `what was long ago counts for less`() {
        count(["a": 1000, "b": 1000])
        // After two hours, the newcomer has caused more lately.
        for hour in 1...12 { count(["a": 1], at: 1 + UInt64(hour) * 600) }
        count(["new": 10], at: 7300)
        #expect(lines.contains(#"{group="shop",function="new",file="/srv/app.py"} 10"#))
    }

    @Test func `a function that causes almost nothing gets no series, though there is room`() {
        count(["a": 1000, "b": 9], top: 10)
        #expect(
            lines == [
                #"{group="shop",function="<other>",file=""} 9"#,
                #"{group="shop",function="a",file="/srv/app.py"} 1000"#,
            ]
        )
    }

    @Test func `functions that claim no line are functions`() {
        for number in 1...100 {
            let function = PythonFunction(name: "<\(number)>")
            counters.count(StackProfile(stack: [function], LockCost(wait: second)), of: "shop", top: 1, at: second)
        }
        #expect(lines.count <= 4 + 1, "a program cannot make more series")
    }

    @Test func `the number of series is limited`() {
        for number in 1...100 { count(["f\(number)": UInt64(number * number)], top: 2) }
        #expect(lines.count == 2 * 4 + 1)
        let sum = lines.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
        #expect(sum == (1...100).reduce(0) { $0 + Double($1 * $1) })
    }

    @Test func `the series of a group go with it`() {
        count(["a": 1])
        count(["a": 1], of: "feed")
        counters.remove("shop")
        #expect(lines == [#"{group="feed",function="a",file="/srv/app.py"} 1"#])
    }
}
