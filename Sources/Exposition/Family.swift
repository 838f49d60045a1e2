import Linux

/// The instruments of one name: one for each combination of label values.
package final class Family<Member: Instrument>: Sendable {
    let metadata: Metadata
    private let labels: [String]
    private let make: @Sendable (Series) -> Member
    private let headers: (text: [UInt8], openMetrics: [UInt8])
    /// In the order of their label values, in which they are written.
    private let entries = Protected<[FamilyEntry]>([])

    init(_ metadata: Metadata, labels: [String], make: @escaping @Sendable (Series) -> Member) {
        for label in labels {
            precondition(label.isLabelName, "'\(label)' is not a label name for '\(metadata.name)'")
        }
        precondition(Set(labels).count == labels.count, "'\(metadata.name)' has a label twice: \(labels)")
        self.metadata = metadata
        self.labels = labels
        self.make = make
        headers = (metadata.header(.text), metadata.header(.openMetrics))
    }

    /// The instrument with these label values, in the order of the labels. The first call creates it, at 0. A hidden
    /// instrument is exposed again, with its current value.
    ///
    /// Keep the result: a lookup takes a lock, an update does not.
    @discardableResult
    package func with(_ labelValues: String...) -> Member {
        member(labelValues)
    }

    /// Stops exposing the instrument with these label values. Later updates of it have no effect.
    package func remove(_ labelValues: String...) {
        remove(labelValues)
    }

    func remove(_ labelValues: [String]) {
        entries.withLock { entries in
            let index = Self.position(of: labelValues, in: entries)
            if Self.holds(labelValues, at: index, of: entries) { entries.remove(at: index) }
        }
    }

    /// Stops exposing the instruments whose label values, in the order of the labels, satisfy the predicate.
    package func remove(where isRemoved: ([String]) -> Bool) {
        entries.withLock { entries in entries.removeAll { isRemoved($0.labelValues) } }
    }

    /// Stops exposing the instruments whose label values, in the order of the labels, satisfy the predicate, until
    /// they are looked up again.
    ///
    /// This is for counters that may return. If a counter began again at 0, it would look to Prometheus like a restart
    /// of the program, unlike the counters beside it.
    package func hide(where isHidden: ([String]) -> Bool) {
        entries.withLock { entries in
            for index in entries.indices where isHidden(entries[index].labelValues) { entries[index].isHidden = true }
        }
    }

    func member(_ labelValues: [String]) -> Member {
        precondition(
            labelValues.count == labels.count,
            "'\(metadata.name)' has the labels \(labels), not \(labelValues.count) values: \(labelValues)"
        )
        return entries.withLock { entries in
            let index = Self.position(of: labelValues, in: entries)
            if Self.holds(labelValues, at: index, of: entries) {
                entries[index].isHidden = false
                guard let member = entries[index].member as? Member else {
                    preconditionFailure("all members of a family have one type")
                }
                return member
            }
            let labels = zip(labels, labelValues).map { (name: $0, value: $1) }
            let member = make(Series(name: metadata.name, labels: labels))
            entries.insert(FamilyEntry(labelValues: labelValues, member: member), at: index)
            return member
        }
    }

    /// The index at which these label values are, or belong: by binary search.
    private static func position(of labelValues: [String], in entries: [FamilyEntry]) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].labelValues.lexicographicallyPrecedes(labelValues, by: bytesPrecede) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }

    private static func holds(_ labelValues: [String], at index: Int, of entries: [FamilyEntry]) -> Bool {
        index < entries.count
            && !labelValues.lexicographicallyPrecedes(entries[index].labelValues, by: bytesPrecede)
    }

    /// By bytes, as Prometheus compares label values. To Swift, "é" in one scalar equals "é" in two.
    private static func bytesPrecede(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

/// An instrument with its label values.
///
/// It is not generic, although the family is: every scrape visits each entry, and unspecialised generic code looks up
/// its types in the runtime each time.
private struct FamilyEntry: Sendable {
    let labelValues: [String]
    let member: any Instrument
    var isHidden = false
}

/// A family of any instruments, as the registry writes it.
protocol ExposedFamily: Sendable {
    var metadata: Metadata { get }
    func append(_ format: Format, to buffer: inout [UInt8])
}

extension Family: ExposedFamily {
    /// Appends nothing for a family without visible instruments.
    func append(_ format: Format, to buffer: inout [UInt8]) {
        let entries = entries.withLock { $0 }
        guard entries.contains(where: { !$0.isHidden }) else { return }
        switch format {
        case .text: buffer.append(contentsOf: headers.text)
        case .openMetrics: buffer.append(contentsOf: headers.openMetrics)
        }
        for entry in entries where !entry.isHidden { entry.member.appendSamples(to: &buffer) }
    }
}
