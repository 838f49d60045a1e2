/// The values that are allowed at a place in the file, and their decoding.
struct Schema<Value> {
    /// The keys allowed below this place, as paths relative to it. Empty for a plain value.
    let paths: [String]
    /// Returns the value, or nil after a report of the reason.
    let decode: (YAMLNode, inout Diagnostics) -> Value?

    init(paths: [String] = [], decode: @escaping (YAMLNode, inout Diagnostics) -> Value?) {
        self.paths = paths
        self.decode = decode
    }

    /// A single value.
    ///
    /// - Parameters:
    ///   - accepted: describes the allowed texts, to follow the word "write".
    ///   - read: decodes the text.
    static func scalar(
        _ accepted: String,
        _ read: @escaping (YAMLScalar) throws(Unacceptable) -> Value
    ) -> Schema {
        Schema { node, diagnostics in
            guard case .scalar(let scalar) = node.content, !scalar.isNull else {
                diagnostics.report("expected one value, found \(node.kind): write \(accepted)", at: node.position)
                return nil
            }
            do throws(Unacceptable) {
                return try read(scalar)
            } catch {
                let remedy = error.remedy ?? "write \(accepted)"
                diagnostics.report("\(quoted(scalar.text)) \(error.reason): \(remedy)", at: node.position)
                return nil
            }
        }
    }
}

extension Schema {
    /// Takes a key without a value as `value`, as the exporter toolkit does. Templates produce such keys.
    ///
    /// - Parameter value: nil to take it as a missing key.
    func absent(as value: Value?) -> Schema {
        Schema(paths: paths) { node, diagnostics in
            if case .scalar(let scalar) = node.content, scalar.isNull { return value }
            return decode(node, &diagnostics)
        }
    }
}

/// Why a text is not accepted as a value, with a remedy if that is more than to write an allowed text.
struct Unacceptable: Error {
    let reason: String
    let remedy: String?

    init(_ reason: String, remedy: String? = nil) {
        self.reason = reason
        self.remedy = remedy
    }
}
