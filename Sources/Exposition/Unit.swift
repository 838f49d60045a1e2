/// What a family's values are measured in: base units only, as the Prometheus naming practices ask for.
///
/// The raw value is both the suffix of the family's name and the value of OpenMetrics' `# UNIT` line.
package enum Unit: String, CaseIterable, Sendable {
    case seconds
    case bytes
    case ratio
}
