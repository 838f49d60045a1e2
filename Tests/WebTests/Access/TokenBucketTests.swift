import Testing

@testable import Web

@Suite("A rate limit")
struct TokenBucketTests {
    @Test("lets a burst through, and then one request an interval")
    func limits() {
        let second: UInt64 = 1_000_000_000
        var bucket = TokenBucket(RateLimit(interval: .seconds(1), burst: 2), now: 0)
        let moments = [0, 0, 0, second / 2, second, second, 10 * second, 10 * second, 10 * second]
        #expect(moments.map { bucket.take(now: $0) } == [true, true, false, false, true, false, true, true, false])
    }
}
