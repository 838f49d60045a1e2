import Testing

@testable import Observation

struct StackProfileTests {
    private func charge(_ profile: inout StackProfile, _ names: String, held: UInt64 = 0, wait: UInt64 = 0) {
        let stack = names.split(separator: " ").map { profile.number(of: PythonFunction(name: String($0))) }
        profile.charge(stack.reversed(), LockCost(held: held, wait: wait))
    }

    private func stacks(_ profile: StackProfile) -> [String: UInt64] {
        var found: [String: UInt64] = [:]
        for index in profile.nodes.indices where !profile.nodes[index].cost.isZero {
            let names = profile.stack(endingAt: index).reversed().map(\.name).joined(separator: " ")
            found[names, default: 0] += profile.nodes[index].cost.held
        }
        return found
    }

    @Test func `equal stacks share their cost, and stacks with a common caller keep theirs`() {
        var profile = StackProfile()
        charge(&profile, "main a b", held: 1)
        charge(&profile, "main a", held: 2)
        charge(&profile, "main a b", held: 4)
        charge(&profile, "main b", held: 8)
        #expect(stacks(profile) == ["main a b": 5, "main a": 2, "main b": 8])
        #expect(profile.nodes.count == 5)
    }

    @Test func `merged profiles add up, whatever order their functions have`() {
        var one = StackProfile()
        charge(&one, "main a", held: 1, wait: 10)
        var other = StackProfile()
        charge(&other, "b", held: 2)
        charge(&other, "main a c", held: 4)
        charge(&other, "main a", held: 8)
        one.merge(other)
        #expect(stacks(one) == ["main a": 9, "b": 2, "main a c": 4])
        var all = StackProfile()
        all.merge(one, below: PythonFunction(name: "shop"))
        all.merge(other, below: PythonFunction(name: "mail"))
        #expect(stacks(all)["shop main a"] == 9)
        #expect(stacks(all)["mail b"] == 2)
        #expect(all.total == LockCost(held: 29, wait: 10))
    }

    @Test func `the difference to an earlier profile is what was charged since`() {
        var profile = StackProfile()
        charge(&profile, "main a", held: 1)
        let earlier = profile
        charge(&profile, "main a", held: 2)
        charge(&profile, "main b", held: 4)
        #expect(stacks(profile.since(earlier)) == ["main a": 2, "main b": 4])
        // A group that was forgotten and is there again.
        var other = StackProfile()
        charge(&other, "main c", held: 1)
        #expect(stacks(other.since(profile)) == ["main c": 1])
        charge(&other, "main d", held: 9)
        #expect(stacks(other.since(earlier)) == ["main c": 1, "main d": 9])
    }

    @Test func `what does not fit is charged to one place, so that the sum stays right`() {
        let limits = StackProfile.Limits(nodes: 100, functions: 50)
        var profile = StackProfile(limits)
        let count = 300
        for number in 0..<count { charge(&profile, "main f\(number) g", held: 1) }
        #expect(profile.nodes.count <= limits.nodes)
        #expect(profile.functions.count <= limits.functions + 1)
        #expect(profile.total.held == UInt64(count))
        #expect(profile.dropped > 0)
        var sum = StackProfile(limits)
        for _ in 0..<3 { sum.merge(profile, below: PythonFunction(name: "group")) }
        #expect(sum.nodes.count <= limits.nodes)
        #expect(sum.total.held == 3 * UInt64(count))
    }

    @Test func `a profile that was reset is empty, and keeps the numbers of its functions`() {
        var profile = StackProfile()
        charge(&profile, "main a", held: 1)
        let number = profile.number(of: PythonFunction(name: "a"))
        profile.reset()
        #expect(profile.isEmpty && profile.total.isZero)
        #expect(profile.number(of: PythonFunction(name: "a")) == number)
    }
}
