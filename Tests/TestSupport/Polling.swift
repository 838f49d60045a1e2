/// Asks until there is a value, for conditions that no event announces.
///
/// - Throws: ``NeverHappened`` after `limit`.
package func eventually<Value>(
    within limit: Duration = .seconds(30),
    _ ask: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await ask() { return value }
        guard ContinuousClock.now < deadline else { throw NeverHappened(limit: limit) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Asks until `condition` holds.
///
/// - Throws: ``NeverHappened`` after `limit`.
package func waitUntil(
    within limit: Duration = .seconds(30),
    _ condition: () async throws -> Bool
) async throws {
    try await eventually(within: limit) { try await condition() ? () : nil }
}

package struct NeverHappened: Error, CustomStringConvertible {
    let limit: Duration

    package var description: String { "the awaited condition did not hold within \(limit)" }
}
