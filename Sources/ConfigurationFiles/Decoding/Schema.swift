/// What may stand at a place in the file, and how it becomes a value.
struct Schema<Value> {
    /// The keys that may stand below this place, as paths relative to it; empty for a plain value.
    let paths: [String]
    /// Gives the value, or reports why there is none.
    let decode: (YAMLNode, inout Diagnostics) -> Value?

    init(paths: [String] = [], decode: @escaping (YAMLNode, inout Diagnostics) -> Value?) {
        self.paths = paths
        self.decode = decode
    }

    /// A single value whose text `read` understands. `accepted` says what that is, to follow the word "write".
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
    /// Takes nothing at all for `value`, as the exporter toolkit does: a template leaves a key so that has nothing to say.
    func absent(as value: Value) -> Schema {
        Schema(paths: paths) { node, diagnostics in
            if case .scalar(let scalar) = node.content, scalar.isNull { return value }
            return decode(node, &diagnostics)
        }
    }
}

/// Why a text is not taken for a value: what to say of it, and what to do where that is not merely to write another.
struct Unacceptable: Error {
    let reason: String
    let remedy: String?

    init(_ reason: String, remedy: String? = nil) {
        self.reason = reason
        self.remedy = remedy
    }
}
