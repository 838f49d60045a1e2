/// Every family that is exposed, and how they are written.
package final class Registry: Sendable {
    private struct Contents: Sendable {
        /// In the order of their names, which is the order they are written in.
        var families: [any ExposedFamily] = []
        var refreshes: [@Sendable () -> Void] = []
    }

    private let contents = Locked(Contents())

    package init() {}

    /// `refresh` runs before every gathering, on the thread that gathers, and brings instruments up to date that are
    /// only looked at when scraped. Gatherings may overlap, so it may run on two threads at once.
    package func beforeGather(_ refresh: @escaping @Sendable () -> Void) {
        contents.withLock { $0.refreshes.append(refresh) }
    }

    /// Appends the whole exposition to `buffer`, which is best reused: then nothing is allocated for a sample.
    ///
    /// - Parameter families: only these, by a name that either format gives the family or its samples; nil: all.
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

    /// OpenMetrics, "MetricFamily": two families must not even be able to have a sample of the same name, so a gauge
    /// `x_count` cannot stand beside a histogram `x`.
    func register<Member>(_ family: Family<Member>) -> Family<Member> {
        contents.withLock { contents in
            for other in contents.families {
                let shared = family.metadata.names.intersection(other.metadata.names)
                precondition(
                    shared.isEmpty,
                    "'\(family.metadata.name)' and '\(other.metadata.name)' both lay claim to \(shared.sorted())"
                )
            }
            let place = contents.families.firstIndex { $0.metadata.name > family.metadata.name }
            contents.families.insert(family, at: place ?? contents.families.endIndex)
        }
        return family
    }
}
