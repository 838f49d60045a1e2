import Exposition
package import Linux

/// Observes the Python processes of this host: finds them, has them sampled, and keeps what is seen as metrics.
///
/// It scans on a thread of its own. A file system that does not answer may hold that up, and neither a scrape nor the
/// end of the program with it.
package final class ProcessObserver: Sendable {
    private let metrics: ObservationMetrics
    private let population: Protected<ProcessPopulation?>
    private let pause = ScanPause()
    private let heartbeat: Protected<ScanHeartbeat>

    /// - Parameters:
    ///   - names: the groups of those who observed before.
    ///   - report: told after each scan what it was like, or why there was none.
    package init(
        _ settings: ObservationSettings,
        metrics: ObservationMetrics,
        names: GroupNames,
        report: @escaping @Sendable (Result<ScanReport, SystemError>) -> Void
    ) throws(SystemError) {
        self.metrics = metrics
        let sampler = try GILSampler(
            GILSampler.Settings(
                rate: Double(settings.sampleRate),
                cpuBudget: settings.cpuBudget * (1 - ScanPace.shareOfBudget)
            )
        )
        population = Protected(ProcessPopulation(metrics: metrics, sampler: sampler))
        heartbeat = Protected(ScanHeartbeat(interval: settings.scanInterval, now: KernelClock.monotonic()))
        let thread = try POSIXThread(name: "gil-scan") { [metrics, population, pause, heartbeat] in
            let blocking = BlockingWork()
            var scan = Scan(
                census: ProcessCensus(grouping: Grouping(settings, names: names), blocking: blocking),
                pace: ScanPace(interval: settings.scanInterval, cpuBudget: settings.cpuBudget),
                blocking: blocking,
                metrics: metrics
            )
            var interval: Duration
            repeat {
                let (result, next) = scan.run(population)
                interval = next
                // A scan that saw nothing is none.
                if (try? result.get())?.isBlind != true {
                    heartbeat.withLock { $0.beat(now: KernelClock.monotonic()) }
                }
                report(result)
            } while Self.wait(pause, for: interval, population)
        }
        thread.detach()
    }

    /// Waits for the next scan, and sees to it every second that sampling goes on.
    ///
    /// - Returns: whether there is to be another.
    private static func wait(
        _ pause: ScanPause,
        for interval: Duration,
        _ population: Protected<ProcessPopulation?>
    ) -> Bool {
        let end = ContinuousClock.now + interval
        while true {
            let left = end - ContinuousClock.now
            let isSampling = population.withLock { $0?.supervise() ?? false }
            guard pause.wait(for: isSampling ? min(left, .seconds(1)) : left) else { return false }
            if ContinuousClock.now >= end { return true }
        }
    }

    deinit { stop() }

    /// Brings the metrics up to date with what was sampled.
    package func refresh() {
        population.withLock { $0?.refresh() }
    }

    /// How long ago the last scan ended, if that is too long.
    package var overdue: Duration? {
        heartbeat.withLock { $0.overdue(now: KernelClock.monotonic()) }
    }

    /// Ends the observation. What was counted stays.
    package func stop() {
        pause.end()
        // The last reference to the sampler ends its thread, which is not to be waited for in the lock.
        let last = population.withLock { population in
            population?.removeAll()
            defer { population = nil }
            return population.map(Released.init)
        }
        last?.release()
    }

    /// What is given back on a thread of its own: the sampling thread may be reading memory that does not answer.
    private final class Released: @unchecked Sendable {
        private nonisolated(unsafe) var population: ProcessPopulation?

        init(_ population: ProcessPopulation) { unsafe self.population = population }

        func release() {
            do throws(SystemError) {
                try POSIXThread(name: "gil-end") { unsafe self.population = nil }.detach()
            } catch {
                unsafe population = nil
            }
        }
    }
}

/// One scan after the other, with what is known from one to the next. For one thread.
private struct Scan {
    var census: ProcessCensus
    var pace: ScanPace
    let blocking: BlockingWork
    let metrics: ObservationMetrics
    private var began: UInt64?
    private var cpuBefore: UInt64 = 0

    init(census: ProcessCensus, pace: ScanPace, blocking: BlockingWork, metrics: ObservationMetrics) {
        self.census = census
        self.pace = pace
        self.blocking = blocking
        self.metrics = metrics
    }

    /// - Returns: what it was like, and the time to wait for the next.
    mutating func run(
        _ population: Protected<ProcessPopulation?>
    ) -> (Result<ScanReport, SystemError>, next: Duration) {
        let now = KernelClock.monotonic()
        let elapsed = began.map { Double(now - $0) / 1e9 } ?? 0
        began = now
        let overflow = census.overflow
        var stuckThreads = blocking.stuck
        let result: Result<ScanReport, SystemError>
        do throws(SystemError) {
            let sightings = try census.take(now: now, allowance: pace.allowance)
            let retired = census.retired
            let (unobservable, samplersStuck) = population.withLock { population in
                population?.update(sightings, retired: retired)
                return (population?.unobservable ?? [:], population?.stuckThreads ?? 0)
            }
            stuckThreads = blocking.stuck + samplersStuck
            result = .success(
                ScanReport(
                    unobservable: unobservable,
                    seesOthers: census.seesOthers,
                    exhaustedExpressions: census.exhaustedExpressions,
                    stuckThreads: stuckThreads,
                    isBlind: blocking.isExhausted,
                    overflow: census.overflow
                )
            )
        } catch {
            result = .failure(error)
        }
        let cpu = KernelClock.threadCPU() + blocking.cpuTime
        let seconds = Double(cpu - cpuBefore) / 1e9
        cpuBefore = cpu
        let next = pace.spent(seconds, elapsed: elapsed)
        metrics.ownCPU.increment(by: seconds)
        metrics.overflow.increment(by: Double(census.overflow - overflow))
        metrics.scanInterval.set(next.seconds)
        metrics.stuckThreads.set(Double(stuckThreads))
        metrics.deferred.set(Double(census.deferred))
        guard case .success(var report) = result else { return (result, next) }
        if !report.isBlind {
            metrics.lastScan.set(KernelClock.unixTime())
            metrics.scanDuration.set(Double(KernelClock.monotonic() - now) / 1e9)
        }
        report.stretchedInterval = next > pace.interval ? next : nil
        return (.success(report), next)
    }
}
