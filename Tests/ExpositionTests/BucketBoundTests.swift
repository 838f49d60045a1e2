import TestSupport
import Testing

@testable import Exposition

@Suite("A bucket's bound")
struct BucketBoundTests {
    /// The first two lines are the specification's own examples, "Canonical Numbers" and "Histogram".
    @Test(
        "is the canonical number of OpenMetrics",
        arguments: [
            "0.0", "0.001", "0.002", "0.01", "0.1", "0.9", "0.95", "0.99", "0.999", "1.0", "1.7", "10.0",
            "1e-10", "1e-09", "1e-05", "0.0001", "100000.0", "1e+06", "1e+10", "1e+23", "1.1e+23", "+Inf",
            "0.00012", "1.5e-05", "123456.0", "123456.5", "999999.0", "999999.5", "1.234567e+06", "1.2345675e+06",
            "9.007199254740991e+15", "1e+15", "1e+16", "1.8014398509481984e+16", "1e+100", "5e-324",
        ]
    )
    func isCanonical(_ text: String) throws {
        #expect(try OpenMetricsSample.number(text[...]).bucketBound == text)
    }
}
