/// Prometheus's own checker.
enum Promtool {
    static var isInstalled: Bool { Binary.installed("promtool") != nil }

    /// `promtool check metrics`, which reads the text format.
    static func check(_ exposition: [UInt8]) async throws -> Invocation {
        try await Invocation.run("promtool", ["check", "metrics"], input: exposition)
    }
}
