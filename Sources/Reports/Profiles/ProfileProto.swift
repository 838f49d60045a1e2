package import Observation

/// A profile in the format of pprof: profile.proto of github.com/google/pprof, which go tool pprof, Pyroscope, Parca and
/// speedscope read.
package struct ProfileProto: Sendable {
    /// What the samples of a profile count.
    package enum Content: Sendable {
        /// Go's mutex profile: what holders cost others. `contentions/count` and `delay/nanoseconds`.
        case contention
        /// The same, and the time for which the lock was held, `held/nanoseconds`, also of long holds alone,
        /// `long_holds/nanoseconds`.
        case all

        fileprivate var types: [(name: String, unit: String)] {
            let delay = [("contentions", "count"), ("delay", "nanoseconds")]
            return self == .contention ? delay : delay + [("held", "nanoseconds"), ("long_holds", "nanoseconds")]
        }

        fileprivate func values(_ cost: LockCost) -> [UInt64] {
            let delay = [cost.waits, cost.wait]
            return self == .contention ? delay : delay + [cost.held, cost.longHeld]
        }
    }

    package let bytes: [UInt8]

    /// - Parameters:
    ///   - time: of the end of the profile, nanoseconds since 1970.
    ///   - duration: nanoseconds.
    package init(_ profile: StackProfile, _ content: Content = .all, time: UInt64, duration: UInt64) {
        var texts = StringTable()
        var message = ProtobufWriter()
        for type in content.types { message.message(1) { Self.valueType(type, &texts, &$0) } }
        var isUsed = [Bool](repeating: false, count: profile.functions.count)
        for index in profile.nodes.indices.dropFirst() {
            let values = content.values(profile.nodes[index].cost)
            guard values.contains(where: { $0 > 0 }) else { continue }
            var stack: [UInt64] = []
            var node = index
            while node > 0 {
                let function = Int(profile.nodes[node].function)
                isUsed[function] = true
                // Numbers of locations and functions begin with 1.
                stack.append(UInt64(function) + 1)
                node = Int(profile.nodes[node].parent)
            }
            message.message(2) { sample in
                sample.packed(1, stack)
                sample.packed(2, values)
            }
        }
        for (index, function) in profile.functions.enumerated() where isUsed[index] {
            let number = UInt64(index) + 1
            let line = UInt64(max(0, function.line))
            message.message(4) { location in
                location.number(1, number)
                location.message(4) { entry in
                    entry.number(1, number)
                    entry.number(2, line)
                }
            }
            message.message(5) { entry in
                entry.number(1, number)
                // Without a system name: with the same one, pprof takes the name for one of C++, and removes "<module>".
                entry.number(2, texts.index(of: function.name))
                entry.number(4, texts.index(of: function.file))
                entry.number(5, line)
            }
        }
        message.number(9, time)
        message.number(10, duration)
        message.message(11) { Self.valueType(("contentions", "count"), &texts, &$0) }
        message.number(12, 1)
        message.number(14, texts.index(of: "delay"))
        for text in texts.texts { message.text(6, text) }
        bytes = message.bytes
    }

    private static func valueType(
        _ type: (name: String, unit: String),
        _ texts: inout StringTable,
        _ message: inout ProtobufWriter
    ) {
        message.number(1, texts.index(of: type.name))
        message.number(2, texts.index(of: type.unit))
    }
}

/// The texts of a profile, each once. The first is empty.
private struct StringTable {
    private(set) var texts = [""]
    private var indices = ["": UInt64(0)]

    mutating func index(of text: String) -> UInt64 {
        if let known = indices[text] { return known }
        let new = UInt64(texts.count)
        texts.append(text)
        indices[text] = new
        return new
    }
}

/// Writes the wire format of protocol buffers: protobuf.dev, "Encoding".
private struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    /// A field of a number. 0 is the default, which is not written.
    mutating func number(_ field: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        varint(field << 3)
        varint(value)
    }

    mutating func text(_ field: UInt64, _ text: String) { block(field, [UInt8](text.utf8)) }

    mutating func packed(_ field: UInt64, _ values: [UInt64]) {
        var inner = ProtobufWriter()
        for value in values { inner.varint(value) }
        block(field, inner.bytes)
    }

    mutating func message(_ field: UInt64, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        block(field, inner.bytes)
    }

    private mutating func block(_ field: UInt64, _ content: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
