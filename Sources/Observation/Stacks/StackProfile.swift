/// What a stack is charged with.
package struct LockCost: Sendable, Equatable {
    /// Time for which the lock was held: nanoseconds.
    package var held: UInt64 = 0
    /// Time for which other threads waited meanwhile, summed over them: nanoseconds.
    package var wait: UInt64 = 0
    /// Waits that ended meanwhile.
    package var waits: UInt64 = 0
    /// The part of ``held`` that belongs to holds which lasted long while other threads waited: nanoseconds.
    package var longHeld: UInt64 = 0

    package init(held: UInt64 = 0, wait: UInt64 = 0, waits: UInt64 = 0, longHeld: UInt64 = 0) {
        self.held = held
        self.wait = wait
        self.waits = waits
        self.longHeld = longHeld
    }

    package static func += (sum: inout LockCost, other: LockCost) {
        sum.held &+= other.held
        sum.wait &+= other.wait
        sum.waits &+= other.waits
        sum.longHeld &+= other.longHeld
    }

    package static func - (later: LockCost, earlier: LockCost) -> LockCost {
        LockCost(
            held: later.held &- earlier.held,
            wait: later.wait &- earlier.wait,
            waits: later.waits &- earlier.waits,
            longHeld: later.longHeld &- earlier.longHeld
        )
    }

    func isWithin(_ other: LockCost) -> Bool {
        held <= other.held && wait <= other.wait && waits <= other.waits && longHeld <= other.longHeld
    }

    package var isZero: Bool { held == 0 && wait == 0 && waits == 0 && longHeld == 0 }
}

/// Costs by stack: a tree of calls, which only grows.
///
/// Its size is limited, and what does not fit is charged to ``PythonFunction/other``: the sum of all costs is always the sum
/// of what was charged.
package struct StackProfile: Sendable {
    /// A call of a function. The root stands for no function.
    package struct Node: Sendable {
        package let function: UInt32
        package let parent: UInt32
        /// What was charged to the stack that ends here.
        package let cost: LockCost
    }

    /// What is kept of a call: few bytes, because a host has many groups, and most calls only lead to others.
    fileprivate struct Call {
        var function: UInt16
        var parent: UInt16
        var firstChild: UInt16 = 0
        var nextSibling: UInt16 = 0
        /// Its place in ``costs``; 0 if nothing was charged to it.
        var cost: UInt16 = 0
    }

    /// The most that a profile may have: as much as one program needs, and few enough for a hundred groups.
    package struct Limits: Sendable {
        package var nodes: Int
        package var functions: Int

        package init(nodes: Int, functions: Int) {
            self.nodes = nodes
            self.functions = functions
        }

        package static let process = Limits(nodes: 8192, functions: 4096)
        package static let group = Limits(nodes: 4096, functions: 1024)
    }

    private let limits: Limits
    package private(set) var functions = FunctionTable()
    private var calls = [Self.root]
    /// What was charged to calls, and first nothing.
    private var costs = [LockCost()]
    /// The stacks that did not fit.
    package private(set) var dropped: UInt64 = 0

    private static let root = Call(function: .max, parent: 0)

    package init(_ limits: Limits = .process) { self.limits = limits }

    /// Parents come before their children; the root is the first.
    package var nodes: Nodes { Nodes(calls: calls, costs: costs) }

    package struct Nodes: RandomAccessCollection, Sendable {
        fileprivate let calls: [Call]
        fileprivate let costs: [LockCost]

        package var startIndex: Int { 0 }
        package var endIndex: Int { calls.count }

        package subscript(index: Int) -> Node {
            let call = calls[index]
            return Node(
                function: call.function == .max ? .max : UInt32(call.function),
                parent: UInt32(call.parent),
                cost: costs[Int(call.cost)]
            )
        }
    }

    /// A profile of one stack.
    ///
    /// - Parameter stack: the outermost function first.
    package init(stack: [PythonFunction], _ cost: LockCost) {
        self.init()
        let numbers = stack.map { number(of: $0) }
        charge(numbers.reversed(), cost)
    }

    package var isEmpty: Bool { calls.count == 1 }

    package var total: LockCost { costs.reduce(into: LockCost()) { $0 += $1 } }

    /// The functions that something was charged to directly, each with its sum, in no order.
    package var ownCosts: [(function: PythonFunction, cost: LockCost)] {
        var sums = [LockCost](repeating: LockCost(), count: functions.count)
        for call in calls.dropFirst() where call.cost != 0 { sums[Int(call.function)] += costs[Int(call.cost)] }
        return zip(functions, sums).filter { !$0.1.isZero }.map { (function: $0, cost: $1) }
    }

    /// The number of a function; that of ``PythonFunction/other`` if there are too many.
    mutating func number(of function: PythonFunction) -> UInt32 {
        if let known = functions.number(of: function) { return UInt32(known) }
        guard functions.count < limits.functions || function == .other else { return number(of: .other) }
        functions.append(function)
        return UInt32(functions.count - 1)
    }

    /// - Parameter stack: numbers of functions, the innermost first.
    mutating func charge(_ stack: some BidirectionalCollection<UInt32>, _ cost: LockCost) {
        var call: UInt16 = 0
        for function in stack.reversed() {
            guard let next = child(of: call, UInt16(function)) else {
                dropped += 1
                call = child(of: 0, UInt16(number(of: .other)), isReserved: true) ?? 0
                break
            }
            call = next
        }
        add(cost, to: call)
    }

    private mutating func add(_ cost: LockCost, to call: UInt16) {
        guard !cost.isZero else { return }
        if calls[Int(call)].cost == 0 {
            calls[Int(call)].cost = UInt16(costs.count)
            costs.appendSparingly(LockCost())
        }
        costs[Int(calls[Int(call)].cost)] += cost
    }

    /// - Returns: nil if there are too many.
    private mutating func child(of parent: UInt16, _ function: UInt16, isReserved: Bool = false) -> UInt16? {
        var next = calls[Int(parent)].firstChild
        while next != 0 {
            if calls[Int(next)].function == function { return next }
            next = calls[Int(next)].nextSibling
        }
        // The last place is for what does not fit.
        guard calls.count < limits.nodes - 1 || isReserved && calls.count < limits.nodes else { return nil }
        let new = UInt16(calls.count)
        calls.appendSparingly(Call(function: function, parent: parent, nextSibling: calls[Int(parent)].firstChild))
        calls[Int(parent)].firstChild = new
        return new
    }

    /// Adds the costs of another profile.
    package mutating func merge(_ other: StackProfile) {
        merge(other, under: 0)
    }

    /// Adds the costs of another profile, whose stacks begin at `root` here.
    package mutating func merge(_ other: StackProfile, below root: PythonFunction) {
        let number = UInt16(number(of: root))
        merge(other, under: child(of: 0, number) ?? 0)
    }

    private mutating func merge(_ other: StackProfile, under root: UInt16) {
        var places: [UInt16] = [root]
        places.reserveCapacity(other.calls.count)
        var numbers = [UInt16?](repeating: nil, count: other.functions.count)
        for call in other.calls.dropFirst() {
            let function = numbers[Int(call.function)] ?? UInt16(number(of: other.functions[Int(call.function)]))
            numbers[Int(call.function)] = function
            var place = child(of: places[Int(call.parent)], function)
            if place == nil {
                if call.cost != 0 { dropped += 1 }
                place = child(of: 0, UInt16(number(of: .other)), isReserved: true)
            }
            places.append(place ?? 0)
        }
        for (call, place) in zip(other.calls, places) { add(other.costs[Int(call.cost)], to: place) }
        dropped += other.dropped
    }

    /// The costs since an earlier copy of this profile; all of them if it has begun again meanwhile.
    package func since(_ earlier: StackProfile) -> StackProfile {
        let isContinued =
            calls.count >= earlier.calls.count && functions.starts(with: earlier.functions)
            && zip(earlier.nodes, nodes).allSatisfy { before, now in
                (before.function, before.parent) == (now.function, now.parent) && before.cost.isWithin(now.cost)
            }
        guard isContinued else { return self }
        var difference = self
        for (before, now) in zip(earlier.calls, calls) where before.cost != 0 {
            difference.costs[Int(now.cost)] = costs[Int(now.cost)] - earlier.costs[Int(before.cost)]
        }
        difference.dropped = dropped - min(dropped, earlier.dropped)
        return difference
    }

    /// Removes all costs and stacks, and keeps the numbers of the functions.
    mutating func reset() {
        calls.removeSubrange(1...)
        calls[0] = Self.root
        costs.removeSubrange(1...)
        dropped = 0
    }

    /// The function that a node calls; nil for the root.
    package func function(of node: Node) -> PythonFunction? {
        node.function == .max ? nil : functions[Int(node.function)]
    }

    /// The functions of the stack that ends at a node, the innermost first.
    package func stack(endingAt index: Int) -> [PythonFunction] {
        var stack: [PythonFunction] = []
        var index = index
        while index > 0 {
            stack.append(functions[Int(calls[index].function)])
            index = Int(calls[index].parent)
        }
        return stack
    }
}
