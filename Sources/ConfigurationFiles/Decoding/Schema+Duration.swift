extension Schema where Value == Duration {
    /// A length of time with its unit.
    static func duration(in range: ClosedRange<Duration>) -> Schema {
        let limits = "\(range.lowerBound.notation) to \(range.upperBound.notation)"
        return .scalar("a duration from \(limits)") { (scalar) throws(Unacceptable) in
            guard let value = Duration(notation: scalar.text) else {
                guard scalar.text.isDigits else {
                    throw Unacceptable(
                        "is not a duration",
                        remedy:
                            "write whole numbers with units (h, m, s, ms, us), the largest unit first, as in 1m30s; "
                            + "accepted is \(limits)"
                    )
                }
                throw Unacceptable("has no unit", remedy: "put h, m, s, ms or us after it; accepted is \(limits)")
            }
            guard range.contains(value) else { throw Unacceptable("is out of range") }
            return value
        }
    }
}
