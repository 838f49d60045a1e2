import Glibc
import Testing

@testable import Linux

struct KernelClockTests {
    @Test func `the CPU clock of this process is that of getcpuclockid`() throws {
        let mine = try #require(KernelClock.cpu(ofProcess: getpid()))
        var clock = clockid_t()
        var time = timespec()
        try #require(unsafe clock_getcpuclockid(getpid(), &clock) == 0 && clock_gettime(clock, &time) == 0)
        let later = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        let latest = try #require(KernelClock.cpu(ofProcess: getpid()))
        #expect(0 < mine && mine <= later && later <= latest)
    }

    @Test func `there is no CPU clock without a process`() {
        // More than PID_MAX_LIMIT of include/linux/threads.h.
        for pid: Int32 in [0, -1, .min, 5_000_000] { #expect(KernelClock.cpu(ofProcess: pid) == nil) }
    }
}

struct MonotonicInstantTests {
    private let instant = MonotonicInstant(nanoseconds: 1_500_000_000)

    @Test func `now moves forward`() {
        let before = MonotonicInstant.now
        let after = MonotonicInstant.now
        #expect(before <= after)
        #expect(before.nanoseconds > 0)
    }

    @Test func `an instant and a duration make another instant`() {
        #expect(instant + .milliseconds(250) == MonotonicInstant(nanoseconds: 1_750_000_000))
        #expect(instant - .milliseconds(250) == MonotonicInstant(nanoseconds: 1_250_000_000))
        #expect(instant.advanced(byNanoseconds: 7) == MonotonicInstant(nanoseconds: 1_500_000_007))
    }

    @Test func `the distance between two instants has a sign`() {
        let later = instant + .seconds(3)
        #expect(later - instant == .seconds(3))
        #expect(instant - later == .seconds(-3))
        #expect(later.nanoseconds(since: instant) == 3_000_000_000)
        #expect(instant.nanoseconds(since: later) == 0)
    }

    @Test func `sums stay between the first and the last instant`() {
        #expect(instant - .seconds(100) == MonotonicInstant(nanoseconds: 0))
        #expect(instant.advanced(byNanoseconds: .max) == MonotonicInstant(nanoseconds: .max))
        #expect(MonotonicInstant(nanoseconds: .max) + .seconds(1) == MonotonicInstant(nanoseconds: .max))
    }

    @Test func `a sleep lasts until its deadline`() {
        let deadline = MonotonicInstant.now + .milliseconds(1)
        KernelClock.sleep(until: deadline)
        #expect(MonotonicInstant.now >= deadline)
    }
}

struct DurationTests {
    @Test func `nanoseconds are whole, and limited to what 64 bits hold`() {
        #expect(Duration.microseconds(-3).nanoseconds == -3000)
        #expect(Duration(secondsComponent: 2, attosecondsComponent: 1_999_999_999).nanoseconds == 2_000_000_001)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    }

    @Test func `seconds have a fraction`() {
        #expect(Duration.milliseconds(1250).seconds == 1.25)
        #expect(Double.seconds(nanoseconds: 1_250_000_000) == 1.25)
    }
}

struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_795_460_400_123, "2026-11-23T19:00:00.123Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-1000, "1969-12-31T23:59:59.000Z"),
        ] as [(Int64, String)]
    )
    func `time is UTC, to the millisecond`(milliseconds: Int64, text: String) {
        #expect(Timestamp.rfc3339(milliseconds: milliseconds) == text)
    }
}
