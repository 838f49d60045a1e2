import Testing

/// Every test of the built program.
///
/// One after another: each runs countdowns on all CPUs, and two at a time would measure each other.
@Suite(.serialized, .timeLimit(.minutes(2))) enum EndToEnd {}
