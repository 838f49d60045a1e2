import Testing

@testable import Exposition

struct NegotiationTests {
    @Test(
        arguments: [
            // Prometheus 2 before it asked for 1.0.0: for an OpenMetrics that is not spoken here.
            ("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .text),
            // Prometheus 2.42.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            // A Prometheus whose last weight is none (prometheus/prometheus#13268).
            (
                "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
                    + "text/plain;version=0.0.4;q=0.3,*/*;q=2", .openMetrics
            ),
            // Prometheus 3, as it comes, and with native histograms.
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                    + "application/openmetrics-text;version=0.0.1;q=0.5,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                    + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2", .openMetrics
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
                    + "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "application/openmetrics-text;version=0.0.1;q=0.4,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                    + "text/plain;version=0.0.4;q=0.2,*/*;q=0.1", .openMetrics
            ),
            // Prometheus 3 that is told to scrape the text format alone.
            ("text/plain;version=0.0.4;q=0.6,*/*;q=0.5", .text),
            ("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5", .text),
            // curl, and a browser.
            ("*/*", .text),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .text),
            // Nothing said, or nothing that fits.
            (nil, .text), ("", .text), (" , ,", .text), ("application/json", .text), ("image/*;q=0.5", .text),
            ("application/openmetrics-text;version=2.0.0", .text), ("application/openmetrics-text;q=0", .text),
            ("text/plain;q=0", .text), ("*/*;q=0", .text),
            // Weights.
            ("application/openmetrics-text;q=0.5,text/plain;q=0.4", .openMetrics),
            ("text/plain;q=0.4,application/openmetrics-text;q=0.5", .openMetrics),
            ("application/openmetrics-text;q=0.400,text/plain;q=0.401", .text),
            ("application/openmetrics-text;q=1.000", .openMetrics),
            ("application/openmetrics-text;q=0.001", .openMetrics),
            // With equal weights the more closely described one is meant, and the text format breaks a tie.
            ("application/openmetrics-text,text/plain", .text),
            ("application/openmetrics-text;version=1.0.0,text/plain", .openMetrics),
            ("application/openmetrics-text,*/*", .openMetrics),
            ("application/openmetrics-text,text/*", .openMetrics),
            ("application/*", .openMetrics),
            ("application/*,text/*", .text),
            // The most specific range decides a format's weight, not the greatest.
            ("text/plain;q=0.1,text/*;q=0.9,application/openmetrics-text;q=0.5", .openMetrics),
            ("*/*;q=0.9,text/plain;q=0.1", .openMetrics),
            ("*/*,text/plain;q=0", .openMetrics),
            ("application/openmetrics-text;version=1.0.0;q=0.1,application/openmetrics-text,text/plain;q=0.5", .text),
            // Spelling.
            ("Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.7 , Text/Plain\t;q=0.5", .openMetrics),
            (#"application/openmetrics-text;version="1.0.0""#, .openMetrics),
            (#"text/plain;q=0.5;note="a,application/openmetrics-text,b""#, .text),
            ("application/openmetrics-text;charset=utf-8;version=1.0.0", .openMetrics),
            // What the grammar does not have says nothing.
            ("application/openmetrics-text;q=1.1", .text), ("application/openmetrics-text;q=nan", .text),
            ("application/openmetrics-text;q=-1", .text), ("application/openmetrics-text;q=0.1234", .text),
            ("openmetrics-text", .text), ("/openmetrics-text", .text), ("*/openmetrics-text", .text),
            ("application/openmetrics-text/x", .text),
        ] as [(String?, Format)]
    )
    func `a client gets the format that it prefers`(_ accept: String?, _ format: Format) {
        #expect(NegotiatedFormat(accept: accept).format == format)
    }

    @Test func `each format has the content type of its specification`() {
        #expect(Format.text.contentType == "text/plain; version=0.0.4; charset=utf-8")
        #expect(Format.openMetrics.contentType == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }

    @Test(arguments: Format.allCases)
    func `each format is chosen for its own content type`(_ format: Format) {
        #expect(NegotiatedFormat(accept: format.contentType).format == format)
    }

    @Test(
        arguments: [
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.1",
                "; escaping=allow-utf-8"
            ),
            ("text/plain;version=0.0.4;escaping=\"underscores\"", "; escaping=underscores"),
            ("text/plain;version=1.0.0;escaping=dots;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5", ""),
            ("application/openmetrics-text;version=1.0.0;escaping=morse", ""),
            ("*/*", ""),
        ]
    )
    func `the response has the escaping that was requested with the chosen format`(accept: String, suffix: String) {
        let negotiated = NegotiatedFormat(accept: accept)
        #expect(negotiated.contentType == negotiated.format.contentType + suffix)
    }
}
