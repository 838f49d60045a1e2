import Linux
import Testing

struct ClockTicksTests {
    @Test func `a second has as many ticks as the kernel says`() {
        #expect(ClockTicks.duration(ClockTicks.perSecond) == .seconds(1))
        #expect(ClockTicks.duration(ClockTicks.perSecond * 3 + ClockTicks.perSecond / 2) == .milliseconds(3500))
    }

    @Test func `no number of ticks is too large`() {
        #expect(ClockTicks.duration(.max) > .seconds(86_400 * 365))
    }
}
