import FoundationEssentials

/// The notation of what workers and the daemon exchange.
package enum WorkerJSON {
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return [UInt8](try encoder.encode(value))
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// What is wrong with a document, in words for the log.
    static func explain(_ error: any Error) -> String {
        // It may quote what stands in the document.
        WorkerText.line(explanation(of: error), limit: 200)
    }

    private static func explanation(of error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "the key \(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(path(context)): \(context.debugDescription)"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON, or has a number that is negative, not whole or too large"
                : "\(path(context)): \(context.debugDescription)"
        case .none: "\(error)"
        @unknown default: "\(error)"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.map(\.stringValue).joined(separator: ".")
    }
}
