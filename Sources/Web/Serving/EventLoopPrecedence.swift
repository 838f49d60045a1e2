import Linux
import NIOPosix

/// Lets an event loop's thread answer at once while a probe occupies every CPU: with a higher priority where that is allowed,
/// and with a time slice as long as what it does after a wake-up, such as answering a scrape.
///
/// Without the priority, both a slice that is too short and one that is too long delay some answers by a tick of the
/// scheduler: ``SchedulingPolicy/requestSlice(_:)``.
final class EventLoopPrecedence: NIOEventLoopMetricsDelegate {
    private enum State {
        case measuring(ExpectedWork, cpu: UInt64, requested: UInt64)
        /// The kernel has no slices of threads, or a sandbox refuses them.
        case unavailable
    }

    private let state = Protected<State?>(nil)

    /// Called on the loop's thread after it was woken up and has done all that there was to do.
    func processedTick(info: NIOEventLoopTickInfo) {
        state.withLock { state in
            switch state {
            case .unavailable: break
            case .none:
                ThreadPriority.raise()
                state =
                    SchedulingPolicy.slice()
                    .map { Self.request(ExpectedWork(usualSlice: $0.nanoseconds), cpu: KernelClock.threadCPU()) }
                    ?? .unavailable
            case .measuring(var work, let before, let requested):
                let cpu = KernelClock.threadCPU()
                work.note(cpu - min(before, cpu))
                state =
                    work.isFar(from: requested)
                    ? Self.request(work, cpu: cpu) : .measuring(work, cpu: cpu, requested: requested)
            }
        }
    }

    private static func request(_ work: ExpectedWork, cpu: UInt64) -> State {
        SchedulingPolicy.requestSlice(.nanoseconds(Int64(work.nanoseconds)))
            ? .measuring(work, cpu: cpu, requested: work.nanoseconds) : .unavailable
    }
}

/// The median of the CPU time that a thread uses after a wake-up. A greater quantile would be that of answers outside
/// probes, which take longer on a cold CPU, and wait for nobody.
struct ExpectedWork {
    private var estimate: Double
    private let bounds: ClosedRange<Double>

    /// Nanoseconds. Less is not the work for a scrape, but for a health check, a timer or the like.
    private static let least = 150_000.0
    /// Nanoseconds. A shorter slice would be interrupted at every scrape.
    private static let shortest = 200_000.0
    /// Of the usual slice. With one as long as those of other threads, it would wait for them at every wake-up.
    private static let longest = 0.75
    private static let step = 1.05

    /// - Parameter usualSlice: nanoseconds, the slice of other threads.
    init(usualSlice: Int64) {
        let longest = Self.longest * Double(usualSlice)
        bounds = min(Self.shortest, longest)...longest
        estimate = (bounds.lowerBound * bounds.upperBound).squareRoot()
    }

    var nanoseconds: UInt64 { UInt64(estimate) }

    /// Moves the estimate up or down by a step. Where as many go up as down is the median, whatever the distribution.
    ///
    /// - Parameter used: nanoseconds of CPU after one wake-up.
    mutating func note(_ used: UInt64) {
        guard Double(used) >= Self.least else { return }
        let moved = Double(used) > estimate ? estimate * Self.step : estimate / Self.step
        estimate = min(max(moved, bounds.lowerBound), bounds.upperBound)
    }

    /// Whether a slice should be requested again: not for a difference that does not matter.
    func isFar(from requested: UInt64) -> Bool {
        abs(Double(nanoseconds) - Double(requested)) > Double(requested) / 8
    }
}
