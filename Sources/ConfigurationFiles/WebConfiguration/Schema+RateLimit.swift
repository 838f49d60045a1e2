import Web

extension Schema where Value == RateLimit? {
    /// `rate_limit:`, with an interval of 0 for none.
    static var rateLimit: Schema {
        .mapping(RateLimitDraft.section, draft: RateLimitDraft()) { draft, places, diagnostics in
            guard draft.interval != .zero else { return .some(nil) }
            guard draft.burst > 0 else {
                let message = "a burst of none would refuse every request: write 1 or more, or remove the key"
                diagnostics.report(message, at: places.value(of: "burst"))
                return nil
            }
            return RateLimit(interval: draft.interval, burst: draft.burst)
        }
    }
}

private struct RateLimitDraft {
    var interval = Duration.zero
    var burst = 1

    static var section: Section<RateLimitDraft> {
        Section([
            Key("interval", \.interval, .interval.absent(as: .zero)),
            Key("burst", \.burst, .integer(in: 0...1_000_000).absent(as: 1)),
        ])
    }
}

extension Schema where Value == Duration {
    /// As Go reads durations: a number for each unit in any order, with decimals, and a lone 0. Not a number without a
    /// unit, which Go takes for nanoseconds and hardly anybody means so.
    fileprivate static var interval: Schema {
        let longest = Duration.seconds(365 * 86_400)
        let accepted = "a duration from 0s to \(longest.notation), such as 1.5s"
        return .scalar(accepted) { (scalar) throws(Unacceptable) in
            guard let value = Duration(goNotation: scalar.text) else {
                guard scalar.text.isDigits else { throw Unacceptable("is not a duration") }
                throw Unacceptable("has no unit", remedy: "put h, m, s, ms, us or ns after it")
            }
            guard (.zero...longest).contains(value) else { throw Unacceptable("is out of range") }
            return value
        }
    }
}
