import Linux

/// What the kernel knows of a sampled process: whether it still exists, its CPU time, and its threads.
///
/// A check asks for all of that, and takes several times as long as a sample. Reading the CPU clock takes a tenth of that,
/// and shows whether the process has run. The clock of a process that runs at this moment is right as of the last tick
/// (thread_group_cputime of kernel/sched/cputime.c), so it does not replace a reading of the locks.
struct KernelAccount: Sendable {
    private let process: ProcessIdentity
    private let lookUp: @Sendable (Int32) throws(SystemError) -> KernelRecord?
    private let clock: @Sendable (Int32) -> UInt64?
    private(set) var cpu: CPUAccount
    /// At the newest check.
    private(set) var threads = 0
    /// Nanoseconds of CPU of the whole process at the newest check; nil if unknown.
    private(set) var cpuOfProcess: UInt64?
    private var nextCheck: UInt64 = 0
    /// Nanoseconds of CPU before the newest check that was answered; nil if unknown.
    private var checkedCPU: UInt64?
    /// When the CPU time was read last, or had hardly changed since: nanoseconds of ``KernelClock/monotonic()``.
    private var readAt: UInt64 = 0
    /// Nanoseconds since then for which nothing counts, and their end.
    private var (skipped, skippedUntil): (UInt64, UInt64) = (0, 0)
    /// Whether the newest check was answered.
    private(set) var isKnown = false

    /// Nanoseconds: two ticks, the unit of the kernel's counters.
    private static let hardlyAnyCPU: UInt64 = 20_000_000
    /// Nanoseconds for which the check of a process that rests may be overdue.
    private static let maxUnchecked: UInt64 = 20_000_000_000

    /// - Parameters:
    ///   - cpu: continued.
    ///   - lookUp: the process that has a number now.
    ///   - clock: nanoseconds of CPU of the process that has a number now.
    init(
        of process: ProcessIdentity,
        _ cpu: CPUAccount,
        lookUp: @escaping @Sendable (Int32) throws(SystemError) -> KernelRecord?,
        clock: @escaping @Sendable (Int32) -> UInt64?
    ) {
        self.process = process
        self.cpu = cpu
        self.lookUp = lookUp
        self.clock = clock
    }

    /// Nanoseconds of CPU that the process has used so far; nil if that is unknown.
    func cpuTime() -> UInt64? { clock(process.pid) }

    /// A check that was not answered is due again.
    func isDue(at now: UInt64) -> Bool { !isKnown || now >= nextCheck }

    /// Makes the next check due.
    mutating func makeDue(at now: UInt64) { nextCheck = now }

    /// Asks for the process.
    ///
    /// The kernel gives out process numbers in a circle (alloc_pid of kernel/pid.c), so a number is reused only after all
    /// others: not between two checks, which are ten seconds apart at most, or half a minute while the process rests. One
    /// whose CPU clock stands still needs no check, because no other process has its clock.
    ///
    /// - Parameters:
    ///   - interval: nanoseconds until the next check.
    ///   - mayRest: whether the process may rest, and ``staysUnchanged(_:at:)`` be asked.
    /// - Throws: ``ReadingError/gone``, or ``ReadingError/postponed`` if this program lacks a descriptor or memory to ask.
    mutating func check(at now: UInt64, next interval: UInt64, mayRest: Bool) throws(ReadingError) {
        nextCheck = now + interval
        isKnown = false
        let cpuBefore = mayRest ? cpuTime() : nil
        let record = try ask()
        guard record.identity == process else { throw .gone }
        (isKnown, checkedCPU) = (true, cpuBefore)
        threads = record.threads
        cpuOfProcess = record.cpu.map { UInt64(clamping: $0.sum.nanoseconds) }
        guard let reading = record.cpu else { return }
        let elapsed = now - min(readAt, now)
        cpu.add(reading, share: 1 - Double(min(skipped, elapsed)) / Double(max(1, elapsed)))
        (readAt, skipped) = (now, 0)
    }

    /// Leaves out the CPU time of a gap: of what was used since the kernel told it last, the part of time that the gap takes
    /// is not counted. The next check is due, so that this is not spread over more time than necessary.
    ///
    /// - Parameter begin: nanoseconds; parts of the gap may have been left out before.
    mutating func skip(from begin: UInt64, to now: UInt64) {
        skipped += now - min(max(begin, skippedUntil, readAt), now)
        skippedUntil = now
        makeDue(at: now)
    }

    /// Counts the threads anew.
    ///
    /// - Throws: as ``check(at:next:mayRest:)``.
    mutating func countThreads() throws(ReadingError) { threads = try ask().threads }

    private func ask() throws(ReadingError) -> KernelRecord {
        let record: KernelRecord?
        // A lack of descriptors says nothing of the process.
        do { record = try lookUp(process.pid) } catch { throw .postponed }
        guard let record else { throw .gone }
        return record
    }

    /// Whether a process that rests need not be checked: it has not run, or so little that its counters hardly change.
    ///
    /// - Parameter cpu: nanoseconds of CPU that it has used by now. Less than before is that of another process.
    mutating func staysUnchanged(_ cpu: UInt64?, at now: UInt64) -> Bool {
        guard let cpu, let checkedCPU, cpu >= checkedCPU,
            cpu == checkedCPU || now < nextCheck + Self.maxUnchecked && cpu - checkedCPU < Self.hardlyAnyCPU
        else { return false }
        (readAt, skipped) = (now, 0)
        return true
    }

    /// - Throws: ``ReadingError/postponed`` if the newest check was not answered.
    func requireAnswer() throws(ReadingError) { guard isKnown else { throw .postponed } }

    /// Counts CPU time from the newest check on.
    ///
    /// - Throws: ``ReadingError/postponed`` if that was not answered: an older reading would count time in which the locks
    ///   were not sampled.
    mutating func resume() throws(ReadingError) {
        try requireAnswer()
        cpu.resume()
    }

    mutating func pause() { cpu.pause() }
}
