import Glibc

/// The unit in which /proc counts CPU time: USER_HZ, time(7).
package enum ClockTicks {
    /// 100 on every architecture that we run on, but sysconf(3) is who knows.
    package static let perSecond = UInt64(clamping: max(sysconf(Int32(_SC_CLK_TCK)), 1))

    package static func duration(_ ticks: UInt64) -> Duration {
        let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: perSecond)
        return .seconds(Int64(clamping: seconds)) + .nanoseconds(Int64(rest * 1_000_000_000 / perSecond))
    }
}
