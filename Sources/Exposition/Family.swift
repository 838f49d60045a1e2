/// Instruments of one name, one for each combination of label values.
package final class Family<Member: Instrument>: Sendable {
    let metadata: Metadata
    private let labels: [String]
    private let make: @Sendable (Series) -> Member
    private let headers: (text: [UInt8], openMetrics: [UInt8])
    /// In the order of their label values, which is the order they are written in.
    private let entries = Locked<[FamilyEntry]>([])

    init(_ metadata: Metadata, labels: [String], make: @escaping @Sendable (Series) -> Member) {
        for label in labels {
            precondition(label.isLabelName, "'\(label)' is no label name for '\(metadata.name)'")
        }
        precondition(Set(labels).count == labels.count, "'\(metadata.name)' has a label twice: \(labels)")
        self.metadata = metadata
        self.labels = labels
        self.make = make
        headers = (metadata.header(.text), metadata.header(.openMetrics))
    }

    /// The instrument with these label values, in the order of the labels; the first call makes it, at 0. One that was
    /// hidden is exposed again, as it is by now.
    ///
    /// Callers keep it: looking it up takes a lock, updating it does not.
    @discardableResult
    package func with(_ labelValues: String...) -> Member {
        member(labelValues)
    }

    /// Stops exposing the instrument with these label values. Whoever kept it updates it to no effect.
    package func remove(_ labelValues: String...) {
        entries.withLock { entries in
            let index = Self.position(of: labelValues, in: entries)
            if Self.holds(labelValues, at: index, of: entries) { entries.remove(at: index) }
        }
    }

    package func removeAll() {
        entries.withLock { $0.removeAll() }
    }

    /// Stops exposing the instruments whose label values, in the order of the labels, are such.
    package func remove(where isRemoved: ([String]) -> Bool) {
        entries.withLock { entries in entries.removeAll { isRemoved($0.labelValues) } }
    }

    /// Stops exposing the instruments whose label values, in the order of the labels, are such, until somebody asks for
    /// them again.
    ///
    /// For counters that may come back: one that began anew at 0 would look to Prometheus like a restart of the
    /// program, which the counters beside it do not show.
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
                guard let member = entries[index].member as? Member else { preconditionFailure("`make` made another") }
                return member
            }
            let labels = zip(labels, labelValues).map { (name: $0, value: $1) }
            let member = make(Series(name: metadata.name, labels: labels))
            entries.insert(FamilyEntry(labelValues: labelValues, member: member), at: index)
            return member
        }
    }

    /// Where these label values are, or belong, by binary search.
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

    /// By bytes, as Prometheus tells label values apart: Swift takes "é" in one scalar and in two for the same.
    private static func bytesPrecede(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

/// An instrument and the label values it is found by.
///
/// Not generic, as the family is: emitting visits each entry for every scrape, and generic code that is not specialised
/// asks the runtime for its types each time.
private struct FamilyEntry: Sendable {
    let labelValues: [String]
    let member: any Instrument
    var isHidden = false
}

/// A family of whatever instruments, as the registry writes it.
protocol ExposedFamily: Sendable {
    var metadata: Metadata { get }
    func append(_ format: Format, to buffer: inout [UInt8])
}

extension Family: ExposedFamily {
    /// Nothing at all for a family that has no instruments to show.
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
