import Exposition
import Linux

/// Runs one scan after the other on one thread, and looks at new processes in between.
struct Scans {
    var scanner: GroupScanner
    var pace: ScanPace
    let blocking: BlockingWork
    let starts: StartWatch
    let metrics: ObservationMetrics
    let history: GroupHistory
    private var scopeReader = ScopeReader()
    private var began: UInt64?
    /// The newest process number at the last look.
    private var newest: Int32?
    /// Whether another look is allowed: nanoseconds of ``KernelClock/monotonic()``.
    private var nextLook: UInt64 = 0
    private var cpuBefore: UInt64 = 0

    /// The time in which a process executes its program and loads its libraries, after the sign that it starts.
    private static let settling: UInt64 = 30_000_000
    /// Looks for one sign, as long as not all processes are recognised. Each waits for twice as long as the one before.
    private static let maxRepetitions = 3
    private static let supervisionInterval: UInt64 = 1_000_000_000

    init(
        scanner: GroupScanner,
        pace: ScanPace,
        blocking: BlockingWork,
        starts: StartWatch,
        metrics: ObservationMetrics,
        history: GroupHistory
    ) {
        self.scanner = scanner
        self.pace = pace
        self.blocking = blocking
        self.starts = starts
        self.metrics = metrics
        self.history = history
    }

    /// - Returns: the outcome, and the time until the next scan.
    mutating func scan(
        _ processes: Protected<ObservedProcesses?>
    ) -> (Result<ScanReport, SystemError>, next: Duration) {
        let now = KernelClock.monotonic()
        let elapsed = began.map { Double.seconds(nanoseconds: now - $0) } ?? 0
        began = now
        let overflow = scanner.overflow
        let scope = scopeReader.read()
        var stuckThreads = blocking.stuck
        let budget = pace.budget(elapsed: elapsed)
        let result: Result<ScanReport, SystemError>
        do throws(SystemError) {
            let scanned = try scanner.scan(now: now, budget: budget)
            let (retired, expected) = (scanner.retired, scanner.expected)
            let (unobservable, stuckSamplers, totals) = processes.withLock { processes in
                processes?.update(scanned, retired: retired, expected: expected)
                return (processes?.unobservable ?? [:], processes?.stuckThreads ?? 0, processes?.totals)
            }
            // None after a stop, which another observer may follow.
            if let totals { history.record(totals, at: KernelClock.monotonic()) }
            stuckThreads = blocking.stuck + stuckSamplers
            result = .success(
                ScanReport(
                    unobservable: unobservable,
                    scope: scope,
                    exhaustedExpressions: scanner.exhaustedExpressions,
                    stuckThreads: stuckThreads,
                    blindness: blocking.blindness,
                    overflow: scanner.overflow
                )
            )
        } catch {
            result = .failure(error)
        }
        let next = pace.spent(
            countCPU(),
            looks: budget.spent,
            elapsed: elapsed,
            hasBacklog: scanner.deferred > 0
        )
        processes.withLock { $0?.setSamplingBudget(pace.samplingBudget) }
        metrics.overflow.increment(by: Double(scanner.overflow - overflow))
        processes.withLock { processes in
            // The observation may have ended meanwhile.
            guard processes != nil else { return }
            metrics.scanInterval.show(next.seconds)
            metrics.stuckThreads.show(Double(stuckThreads))
            metrics.deferred.show(Double(scanner.deferred))
            metrics.excluded.show(Double(scanner.excluded))
            metrics.show(scope)
            guard case .success(let report) = result, report.blindness == nil else { return }
            metrics.lastScan.show(KernelClock.unixTime())
            metrics.scanDuration.show(.seconds(nanoseconds: KernelClock.monotonic() - now))
        }
        guard case .success(var report) = result else { return (result, next) }
        report.stretchedInterval = next > pace.interval ? next : nil
        return (.success(report), next)
    }

    /// The CPU that was used since the previous call, in seconds.
    private mutating func countCPU() -> Double {
        let cpu = KernelClock.threadCPU() + blocking.cpuTime
        let seconds = Double.seconds(nanoseconds: cpu - cpuBefore)
        cpuBefore = cpu
        metrics.cpuTime.increment(by: seconds)
        return seconds
    }

    /// Waits for the next scan. Meanwhile it supervises the sampling every second, and looks at new processes whenever some
    /// may have started.
    ///
    /// - Returns: whether there is another scan.
    mutating func wait(
        for interval: Duration,
        _ isStopped: Monitor<Bool>,
        _ processes: Protected<ObservedProcesses?>
    ) -> Bool {
        let end = KernelClock.monotonic() + UInt64(max(0, interval.nanoseconds))
        var nextSupervision: UInt64 = 0
        while true {
            let now = KernelClock.monotonic()
            if now >= end { return true }
            if now >= nextSupervision {
                let (isSampling, interrupted) = processes.withLock { $0?.supervise() ?? (false, []) }
                nextSupervision = isSampling ? now + Self.supervisionInterval : end
                if !interrupted.isEmpty, now >= nextLook {
                    _ = look(at: .interrupted(interrupted), processes, now: now)
                } else if !interrupted.isEmpty {
                    nextSupervision = min(nextSupervision, nextLook)
                }
            }
            let next = min(end, nextSupervision)
            if now < nextLook {
                let pause = MonotonicInstant(nanoseconds: min(next, nextLook))
                if isStopped.wait(until: pause, for: { $0 }) { return false }
            } else {
                let isSigned = starts.wait(until: next)
                if isStopped.withLock({ $0 }) { return false }
                if isSigned, !look(processes, isStopped) { return false }
            }
        }
    }

    /// Looks at the processes that may have started, some time after the sign.
    ///
    /// - Returns: false if the observation has ended.
    private mutating func look(_ processes: Protected<ObservedProcesses?>, _ isStopped: Monitor<Bool>) -> Bool {
        var pause = Self.settling
        var candidates: StartWatch.Candidates?
        for _ in 0..<Self.maxRepetitions {
            let instant = MonotonicInstant(nanoseconds: KernelClock.monotonic() + pause)
            if isStopped.wait(until: instant, for: { $0 }) { return false }
            pause *= 2
            let now = KernelClock.monotonic()
            let all = candidates ?? starts.take(after: &newest)
            candidates = all
            let isComplete = look(at: all, processes, now: now)
            if isComplete || nextLook > now + pause { break }
        }
        return true
    }

    /// - Returns: whether each process was recognised.
    private mutating func look(
        at candidates: StartWatch.Candidates,
        _ processes: Protected<ObservedProcesses?>,
        now: UInt64
    ) -> Bool {
        let (scanned, isComplete) = scanner.look(at: candidates, now: now, budget: pace.lookBudget(at: now))
        if !scanned.isEmpty { processes.withLock { $0?.add(scanned) } }
        metrics.looks.increment()
        nextLook = KernelClock.monotonic() + UInt64(pace.looked(countCPU(), at: now).nanoseconds)
        return isComplete
    }
}
