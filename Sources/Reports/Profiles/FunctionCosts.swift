package import Observation

/// The cost of each function of a profile.
package struct FunctionCosts: Sendable {
    package struct Row: Sendable {
        package let function: PythonFunction
        /// While the function itself ran, or code in C that it called.
        package fileprivate(set) var own = LockCost()
        /// While it or a Python function that it called ran. A recursive function counts once.
        package fileprivate(set) var total = LockCost()
    }

    package enum Order: Sendable {
        /// Those that made others wait most come first.
        case wait
        /// Those that held the lock longest come first.
        case held
        /// Those with the most time in long holds come first.
        case longHeld
    }

    package let rows: [Row]

    package init(_ profile: StackProfile, by order: Order = .wait) {
        var rows: [PythonFunction: Row] = [:]
        // What is charged to a call and to the calls that it makes.
        var sums = profile.nodes.map(\.cost)
        for index in profile.nodes.indices.dropFirst().reversed() {
            sums[Int(profile.nodes[index].parent)] += sums[index]
        }
        for index in profile.nodes.indices.dropFirst() {
            let node = profile.nodes[index]
            guard let function = profile.function(of: node) else { continue }
            var row = rows[function] ?? Row(function: function)
            row.own += node.cost
            if !Self.hasCaller(node.function, index, in: profile) { row.total += sums[index] }
            rows[function] = row
        }
        self.rows = rows.values.filter { !$0.total.isZero }
            .sorted { one, other in
                let (first, second) = (Self.weights(one, order), Self.weights(other, order))
                guard first == second else { return first.lexicographicallyPrecedes(second, by: >) }
                return one.function.name < other.function.name
            }
    }

    private static func weights(_ row: Row, _ order: Order) -> [UInt64] {
        switch order {
        case .wait: [row.own.wait, row.own.held, row.total.wait, row.total.held]
        case .held: [row.own.held, row.own.wait, row.total.held, row.total.wait]
        case .longHeld: [row.own.longHeld, row.own.wait, row.own.held, row.total.longHeld]
        }
    }

    /// Whether a function also calls itself further out on the stack that ends at a node.
    private static func hasCaller(_ function: UInt32, _ index: Int, in profile: StackProfile) -> Bool {
        var outer = Int(profile.nodes[index].parent)
        while outer > 0 {
            if profile.nodes[outer].function == function { return true }
            outer = Int(profile.nodes[outer].parent)
        }
        return false
    }
}

/// A function that made other threads wait, and its part of all that its group made wait.
package struct CostlyFunction: Sendable, Equatable {
    package let function: PythonFunction
    package let cost: LockCost
    package let share: Double

    private static let limit = 10

    /// Those that made others wait most, the worst first.
    static func all(of profile: StackProfile) -> [CostlyFunction] {
        let costs = profile.ownCosts.filter { $0.cost.wait > 0 }
        let whole = costs.reduce(0.0) { $0 + Double($1.cost.wait) }
        return costs.sorted { ($0.cost.wait, $1.function.name) > ($1.cost.wait, $0.function.name) }.prefix(limit).map {
            CostlyFunction(function: $0.function, cost: $0.cost, share: Double($0.cost.wait) / whole)
        }
    }
}
