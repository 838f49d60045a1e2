import Web

extension Schema where Value == RateLimit? {
    /// `rate_limit:`, with an interval of 0 for none.
    static var rateLimit: Schema {
        .mapping(RateLimitDraft.section, draft: RateLimitDraft()) { draft, _, _ in
            draft.interval == .zero ? .some(nil) : RateLimit(interval: draft.interval, burst: draft.burst)
        }
    }
}

private struct RateLimitDraft {
    var interval = Duration.zero
    var burst = 1

    static var section: Section<RateLimitDraft> {
        Section([
            Key("interval", \.interval, .interval),
            // A burst of none would refuse every request.
            Key("burst", \.burst, .integer(in: 1...1_000_000)),
        ])
    }
}

extension Schema where Value == Duration {
    /// Go reads durations with units as well, and a lone 0.
    fileprivate static var interval: Schema {
        let duration = Schema.duration(in: .zero ... .seconds(3600))
        return Schema { node, diagnostics in
            if case .scalar(let scalar) = node.content, scalar.text == "0" { return .zero }
            return duration.decode(node, &diagnostics)
        }
    }
}
