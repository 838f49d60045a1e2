import Linux

/// All exposed families, in the order in which they are written.
package final class Registry: Sendable {
    private struct Contents: Sendable {
        /// In the order of their names.
        var families: [any ExposedFamily] = []
        var refreshes: [@Sendable () -> Void] = []
    }

    private let contents = Protected(Contents())

    package init() {}

    /// Registers a function that updates instruments whose source is read only for a scrape. It runs before every
    /// gathering, on the gathering thread. Gatherings may overlap, so it may run on two threads at once.
    package func beforeGather(_ refresh: @escaping @Sendable () -> Void) {
        contents.withLock { $0.refreshes.append(refresh) }
    }

    /// Appends the whole exposition to `buffer`. Reuse the buffer, so that no sample needs an allocation.
    ///
    /// - Parameter families: only these, given by any name of the family or its samples in either format. Nil: all.
    package func write(_ format: Format, families wanted: Set<String>? = nil, into buffer: inout [UInt8]) {
        let contents = contents.withLock { $0 }
        for refresh in contents.refreshes { refresh() }
        for family in contents.families where wanted?.isDisjoint(with: family.metadata.names) != true {
            family.append(format, to: &buffer)
        }
        if format == .openMetrics {
            buffer.append(contentsOf: "# EOF\n".utf8)
        }
    }

    /// The names of all families in queries, in order.
    package var names: [String] { contents.withLock { $0.families.map(\.metadata.name) } }

    /// Whether ``write(_:families:into:)`` finds a family by this name.
    package func has(_ name: String) -> Bool {
        contents.withLock { $0.families.contains { $0.metadata.names.contains(name) } }
    }

    /// Two families must not be able to have a sample of the same name (OpenMetrics, "MetricFamily"), so a gauge
    /// `x_count` cannot exist beside a histogram `x`.
    func register<Member>(_ family: Family<Member>) -> Family<Member> {
        contents.withLock { contents in
            for other in contents.families {
                let shared = family.metadata.names.intersection(other.metadata.names)
                precondition(
                    shared.isEmpty,
                    "'\(family.metadata.name)' and '\(other.metadata.name)' both claim \(shared.sorted())"
                )
            }
            let place = contents.families.firstIndex { $0.metadata.name > family.metadata.name }
            contents.families.insert(family, at: place ?? contents.families.endIndex)
        }
        return family
    }
}

/// Names, labels, buckets and units are constants of the program. An invalid one, or a name of another family, is a
/// programming error and ends the program.
extension Registry {
    /// A counter, whose name ends in `_total`.
    package func counter(_ name: String, help: String, unit: Unit? = nil) -> Counter {
        counters(name, help: help, unit: unit, labels: []).with()
    }

    package func counters(_ name: String, help: String, unit: Unit? = nil, labels: [String]) -> Family<Counter> {
        register(Family(Metadata(.counter, name, help: help, unit: unit), labels: labels) { Counter($0) })
    }

    package func gauge(_ name: String, help: String, unit: Unit? = nil) -> Gauge {
        gauges(name, help: help, unit: unit, labels: []).with()
    }

    package func gauges(_ name: String, help: String, unit: Unit? = nil, labels: [String]) -> Family<Gauge> {
        register(Family(Metadata(.gauge, name, help: help, unit: unit), labels: labels) { Gauge($0) })
    }

    /// Histograms with the given upper bounds of their buckets, without infinity.
    package func histograms(
        _ name: String,
        help: String,
        unit: Unit? = nil,
        labels: [String],
        buckets: [Double]
    ) -> Family<Histogram> {
        precondition(
            buckets.allSatisfy { $0 >= 0 && $0.isFinite } && zip(buckets, buckets.dropFirst()).allSatisfy(<),
            "the buckets of '\(name)' must be finite, not negative and ascending: \(buckets)"
        )
        let metadata = Metadata(.histogram, name, help: help, unit: unit)
        return register(Family(metadata, labels: labels) { Histogram($0, bounds: buckets) })
    }

    /// Sets of facts, whose name ends in `_info`.
    package func infos(_ name: String, help: String, labels: [String]) -> Family<Info> {
        register(Family(Metadata(.info, name, help: help, unit: nil), labels: labels) { Info($0) })
    }
}
