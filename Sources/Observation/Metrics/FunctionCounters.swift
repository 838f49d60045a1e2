import Exposition
import Linux

/// The functions of each group that make other threads wait most, as counters.
///
/// Functions are chosen by what they caused lately. One that was chosen keeps its counter, because a series that comes and
/// goes cannot be added up; the wait that all others cause is one more series. So the sum is the whole wait.
final class FunctionCounters: Sendable {
    /// A function as the labels name it. Lines are left out: they change with every release of a program.
    private struct Name: Hashable {
        let function: String
        let file: String
    }

    private struct Group {
        /// Nanoseconds of wait, of which older ones count for less.
        var weights: [Name: Double] = [:]
        var chosen: [Name: Counter] = [:]
        var fadedAt: UInt64

        /// Lets the past count for half of what it did.
        mutating func fade() {
            weights = weights.mapValues { $0 / 2 }.filter { $0.value >= FunctionCounters.leastWeight }
        }

        mutating func add(_ nanoseconds: UInt64, to name: Name) {
            guard weights[name] != nil || weights.count < FunctionCounters.maxKnown else { return }
            weights[name, default: 0] += Double(nanoseconds)
        }

        /// Those that should have a counter and have none.
        func newcomers(top: Int) -> [Name] {
            let least = FunctionCounters.leastShare * weights.values.reduce(0, +)
            return weights.sorted { $0.value > $1.value }.prefix(top)
                .filter { $0.value >= least && chosen[$0.key] == nil }
                .prefix(max(0, top * FunctionCounters.chosenPerTop - chosen.count))
                .map(\.key)
        }
    }

    /// Functions of a group that are remembered.
    private static let maxKnown = 1024
    /// Functions that may be chosen over the time for each that is wanted. It bounds the series.
    private static let chosenPerTop = 4
    /// Of the wait that functions of the group cause. A function below it is not worth a series, though others cause less.
    private static let leastShare = 0.01
    /// A millisecond.
    private static let leastWeight = 1e6
    private static let halfLife: UInt64 = 600_000_000_000

    private let family: Family<Counter>
    private let groups = Protected<[String: Group]>([:])

    init(_ registry: Registry) {
        family = registry.counters(
            "gil_process_function_wait_seconds_total",
            help: """
                Time that threads spent waiting for a GIL while this function held it; <other> stands for the functions \
                that cause little. Only with a number of functions in observation.profile; sampled.
                """,
            unit: .seconds,
            labels: ["group", "function", "file"]
        )
    }

    /// Counts the waits that functions caused.
    ///
    /// - Parameters:
    ///   - holders: the costs since the last call.
    ///   - top: the number of functions that are wanted.
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    func count(_ holders: StackProfile, of group: String, top: Int, at now: UInt64) {
        let costs = holders.ownCosts.filter { $0.cost.wait > 0 }
        guard !costs.isEmpty else { return }
        groups.withLock { groups in
            var entry = groups[group] ?? Group(fadedAt: now)
            if now - min(entry.fadedAt, now) >= Self.halfLife {
                entry.fade()
                entry.fadedAt = now
            }
            let names = costs.map { Name(function: $0.function.name, file: $0.function.file) }
            for (name, (function, cost)) in zip(names, costs) where !function.isPlaceholder {
                entry.add(cost.wait, to: name)
            }
            for name in entry.newcomers(top: top) { entry.chosen[name] = family.with(group, name.function, name.file) }
            for (name, (function, cost)) in zip(names, costs) {
                let rest = function.isPlaceholder ? function.name : PythonFunction.other.name
                (entry.chosen[name] ?? family.with(group, rest, "")).increment(by: .seconds(nanoseconds: cost.wait))
            }
            groups[group] = entry
        }
    }

    /// Removes the series of a group.
    func remove(_ group: String) {
        groups.withLock { $0[group] = nil }
        family.remove { $0.first == group }
    }
}
