import Probing

/// How many measurements in a row of each probe were disturbed: one says little, many say that the host is not fit to
/// be measured.
struct DisturbanceStreaks: Sendable {
    /// Ten minutes at the default interval: longer than a backup of a small host or an upgrade of its packages.
    static let long = 10

    enum Change: Sendable, Equatable {
        /// So many in a row by now.
        case becameLong(Int)
        /// A measurement was undisturbed, after so many that were not.
        case ended(Int)
    }

    private struct Series: Hashable {
        let runtime: String
        let probe: Probe
    }

    private var lengths: [Series: Int] = [:]

    /// What is worth telling, which it is once for each streak that is long.
    mutating func record(_ measurement: Measurement) -> Change? {
        let series = Series(runtime: measurement.runtime, probe: measurement.probe)
        let length = lengths[series] ?? 0
        guard measurement.disturbances.isEmpty else {
            lengths[series] = length + 1
            return length + 1 == Self.long ? .becameLong(length + 1) : nil
        }
        lengths[series] = nil
        return length >= Self.long ? .ended(length) : nil
    }
}
