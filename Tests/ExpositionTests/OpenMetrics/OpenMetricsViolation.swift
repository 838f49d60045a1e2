/// A rule of the OpenMetrics 1.0 specification, or of the exporter's narrower ones, that a document breaks.
enum OpenMetricsViolation: Error {
    /// "UTF-8 MUST be used", no byte order mark, no carriage return, a line feed after every line.
    case encoding
    /// The line is not in the language of the ABNF.
    case grammar
    /// A quote or a line feed stands for itself, or an escape is none of the three.
    case escaping
    /// The document does not end in `# EOF`, or goes on after it.
    case eof
    /// TYPE, UNIT, HELP: each once, in this order, TYPE and HELP always, before the samples of the family.
    case metadataOrder
    /// A family's name comes twice, which is what interleaved families look like too.
    case familyTwice
    /// Two families could have a sample of the same name.
    case nameClash
    /// A sample's name does not belong to the family that it stands in.
    case foreignSample
    /// The unit is not the end of the family's name, or an info has one.
    case unit
    case labelTwice
    case seriesTwice
    /// The samples of one metric do not stand together.
    case interleavedMetrics
    /// A counter that is negative or not a number, an info that is not 1.
    case value
    /// `le` is missing, out of place, or does not look like a float.
    case bucketLabel
    /// Buckets do not ascend, are not cumulative, not integers, or lack the one up to infinity.
    case buckets
    /// `_count` and `_sum` do not come together, or `_count` is not the bucket up to infinity.
    case countAndSum
}
