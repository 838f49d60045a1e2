import TestSupport
import Testing

/// The reader that the other tests trust must itself refuse what is wrong.
struct OpenMetricsDocumentTests {
    @Test func `the examples of the specification are accepted`() throws {
        let document = try OpenMetricsDocument(
            Array(
                #"""
                # TYPE foo_seconds counter
                # UNIT foo_seconds seconds
                # HELP foo_seconds Some text and \n some \" escaping
                foo_seconds_total{} 17.0
                foo_seconds_total{a="x",b="escaping\" example \n {} , = "} 4.20072246e+06
                # TYPE bar histogram
                # HELP bar Buckets.
                bar_bucket{le="0.0"} 0
                bar_bucket{le="1e-05"} 0
                bar_bucket{le="1.1e+23"} 17
                bar_bucket{le="+Inf"} 17
                bar_count 17
                bar_sum 324789.3
                # TYPE baz info
                # HELP baz Facts.
                baz_info{name="pretty name"} 1.0
                # TYPE temperature gauge
                # HELP temperature Below zero, or none.
                temperature{place="a"} -.5
                temperature{place="b"} NaN
                temperature{place="c"} -Inf
                # EOF

                """#.utf8
            )
        )
        #expect(document.families.map(\.name) == ["foo_seconds", "bar", "baz", "temperature"])
        #expect(document["foo_seconds"]?.help == "Some text and \n some \" escaping")
        #expect(
            document["foo_seconds"]?.value("_total", ["a": "x", "b": "escaping\" example \n {} , = "]) == 4_200_722.46
        )
        #expect(document["temperature"]?.value("", ["place": "c"]) == -.infinity)
    }

    @Test func `a document without families is accepted`() throws {
        #expect(try OpenMetricsDocument(Array("# EOF\n".utf8)).families.isEmpty)
    }

    @Test(arguments: broken)
    func `a document that breaks a rule is refused with that rule`(
        _ lines: String,
        because violation: OpenMetricsViolation
    ) {
        #expect(throws: violation) {
            try OpenMetricsDocument(Array("\(lines)\n# EOF\n".utf8))
        }
    }

    @Test(arguments: endings)
    func `a document without a proper end is refused`(_ text: String, because violation: OpenMetricsViolation) {
        #expect(throws: violation) {
            try OpenMetricsDocument(Array(text.utf8))
        }
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: OpenMetricsViolation.encoding) {
            try OpenMetricsDocument(gauge.utf8 + [UInt8(ascii: "\n"), 0xFF] + "# EOF\n".utf8)
        }
    }
}

private let gauge = "# TYPE a gauge\n# HELP a x"
private let counter = "# TYPE a counter\n# HELP a x"
private let info = "# TYPE a info\n# HELP a x"
private let histogram = "# TYPE a histogram\n# HELP a x"

private let endings: [(String, OpenMetricsViolation)] = [
    ("", .encoding),
    ("# EOF", .encoding),
    ("\(gauge)\na 1\n", .eof),
    ("# EOF\n# EOF\n", .eof),
    ("# EOF\n\(gauge)\n", .eof),
    ("# EOF\n\n", .grammar),
    ("\u{FEFF}# EOF\n", .encoding),
    ("\(gauge)\r\n# EOF\n", .encoding),
]

private let broken: [(String, OpenMetricsViolation)] = [
    // Lines.
    ("", .grammar),
    ("# a comment", .grammar),
    ("#TYPE a gauge", .grammar),
    ("# TYPE a  gauge", .grammar),
    ("# TYPE 1a gauge", .grammar),
    ("# TYPE a untyped", .grammar),
    ("\(gauge)\n a 1", .grammar),
    ("\(gauge)\na  1", .grammar),
    ("\(gauge)\na 1 ", .grammar),
    ("\(gauge)\na", .grammar),
    ("\(gauge)\na 1 1234567890", .grammar),
    ("\(gauge)\na 1e", .grammar),
    ("\(gauge)\na 0x1p3", .grammar),
    ("\(gauge)\na +NaN", .grammar),
    ("\(gauge)\na 1_000", .grammar),
    ("\(gauge)\na{b=\"c\",} 1", .grammar),
    ("\(gauge)\na{b=c} 1", .grammar),
    ("\(gauge)\na{b=\"c\" ,d=\"e\"} 1", .grammar),
    ("\(gauge)\na{1b=\"c\"} 1", .grammar),
    ("\(gauge)\na{b:c=\"d\"} 1", .grammar),
    ("\(gauge)\na{b=\"c\n\"} 1", .grammar),
    ("\(gauge)\na{b=\"c\"d\"} 1", .grammar),
    ("\(gauge)\na{b=\"\\t\"} 1", .escaping),
    ("# TYPE a gauge\n# HELP a \"x\"", .escaping),
    ("# TYPE a gauge\n# HELP a x\\", .escaping),
    // Families.
    ("a 1", .metadataOrder),
    ("# HELP a x\n# TYPE a gauge", .metadataOrder),
    ("# TYPE a gauge\na 1", .metadataOrder),
    ("# TYPE a gauge", .metadataOrder),
    ("\(gauge)\n# HELP a x", .metadataOrder),
    ("\(gauge)\na 1\n# HELP a x", .metadataOrder),
    ("# TYPE a gauge\n# HELP b x", .metadataOrder),
    ("# TYPE a_s gauge\n# HELP a_s x\n# UNIT a_s s", .metadataOrder),
    ("# TYPE a_s gauge\n# UNIT a_s s\n# UNIT a_s s\n# HELP a_s x", .metadataOrder),
    ("# TYPE a gauge\n# UNIT a \n# HELP a x", .grammar),
    ("# TYPE a gauge\n# UNIT a seconds\n# HELP a x", .unit),
    ("# TYPE aseconds gauge\n# UNIT aseconds seconds\n# HELP aseconds x", .unit),
    ("# TYPE a_s info\n# UNIT a_s s\n# HELP a_s x", .unit),
    ("\(gauge)\na 1\n\(gauge)\na 1", .familyTwice),
    ("\(gauge)\n# TYPE b gauge\n# HELP b x\na 1", .foreignSample),
    ("\(counter)\n# TYPE a_total gauge\n# HELP a_total x", .nameClash),
    ("\(histogram)\n# TYPE a_count gauge\n# HELP a_count x", .nameClash),
    // Samples.
    ("\(gauge)\na_total 1", .foreignSample),
    ("\(counter)\na 1", .foreignSample),
    ("\(info)\na 1", .foreignSample),
    ("\(gauge)\na{b=\"1\",b=\"2\"} 1", .labelTwice),
    ("\(gauge)\na 1\na 1", .seriesTwice),
    ("\(gauge)\na{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 1", .seriesTwice),
    ("\(gauge)\na{b=\"1\"} 1\na{b=\"2\"} 1\na{b=\"1\"} 1", .interleavedMetrics),
    ("\(counter)\na_total -1", .value),
    ("\(counter)\na_total NaN", .value),
    ("\(info)\na_info 0", .value),
    // Histograms.
    ("\(gauge)\na{le=\"1.0\"} 1", .bucketLabel),
    ("\(histogram)\na_bucket 1", .bucketLabel),
    ("\(histogram)\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1", .bucketLabel),
    ("\(histogram)\na_bucket{le=\"inf.\"} 1\na_bucket{le=\"+Inf\"} 1", .grammar),
    ("\(histogram)\na_bucket{le=\"1.0\"} 1", .buckets),
    ("\(histogram)\na_count 1\na_sum 1", .buckets),
    ("\(histogram)\na_bucket{le=\"2.0\"} 1\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 1", .buckets),
    ("\(histogram)\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"1.00\"} 1\na_bucket{le=\"+Inf\"} 1", .buckets),
    ("\(histogram)\na_bucket{le=\"1.0\"} 2\na_bucket{le=\"+Inf\"} 1", .buckets),
    ("\(histogram)\na_bucket{le=\"+Inf\"} 1.5", .buckets),
    ("\(histogram)\na_bucket{le=\"+Inf\"} 1\na_count 1", .countAndSum),
    ("\(histogram)\na_bucket{le=\"+Inf\"} 1\na_sum 1", .countAndSum),
    ("\(histogram)\na_bucket{le=\"+Inf\"} 1\na_count 2\na_sum 1", .countAndSum),
    ("\(histogram)\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum -1", .countAndSum),
    ("\(histogram)\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum NaN", .countAndSum),
]
