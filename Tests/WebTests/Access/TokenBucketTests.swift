import Testing

@testable import Web

struct TokenBucketTests {
    @Test func `a rate limit allows a burst, and then one request per interval`() {
        let second: UInt64 = 1_000_000_000
        var bucket = TokenBucket(RateLimit(interval: .seconds(1), burst: 2), now: 0)
        let moments = [0, 0, 0, second / 2, second, second, 10 * second, 10 * second, 10 * second]
        #expect(moments.map { bucket.take(now: $0) } == [true, true, false, false, true, false, true, true, false])
    }
}
