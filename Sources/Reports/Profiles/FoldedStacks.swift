package import Observation

/// A profile as one line for each stack: functions from the outermost to the innermost, separated by semicolons, and a
/// number. flamegraph.pl, speedscope and others read it.
package struct FoldedStacks: CustomStringConvertible {
    package let description: String

    /// - Parameter cost: the number: microseconds of it are written.
    package init(_ profile: StackProfile, of cost: (LockCost) -> UInt64) {
        var lines: [String] = []
        for index in profile.nodes.indices.dropFirst() {
            let microseconds = (cost(profile.nodes[index].cost) + 500) / 1000
            guard microseconds > 0 else { continue }
            let frames = profile.stack(endingAt: index).reversed().map(Self.frame)
            lines.append("\(frames.joined(separator: ";")) \(microseconds)")
        }
        description = lines.sorted().map { $0 + "\n" }.joined()
    }

    /// "totals (report.py:12)". Semicolons separate frames, so that none may be in one.
    private static func frame(_ function: PythonFunction) -> String {
        let place = function.line > 0 ? " (\(function.file):\(function.line))" : ""
        return TextTable.printable(function.name + place).replacing(";", with: ",")
    }
}
