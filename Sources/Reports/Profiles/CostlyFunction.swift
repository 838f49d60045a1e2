package import Observation

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
