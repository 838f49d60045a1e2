import Glibc

/// Decides whether a process is sampled at the full rate, or rests: most processes of a host sleep most of the time.
///
/// Time is divided into stretches of some four seconds, or longer ones where thousands of processes rest; those of a process
/// that rests but wakes up all the time are a quarter as long. At the beginning of a stretch, what was seen before decides:
/// the process is sampled at the full rate, or read once, at a moment that is drawn from the whole stretch, and that reading
/// counts for all of it. So the chance that a moment is read never depends on what happens in it, and held and waiting time
/// are right on average, however seldom and briefly the process wakes up. A stretch is not cut short when a reading finds the
/// lock held: such stretches would count for less than those in which the reading came too early or too late.
///
/// CPU time is compared over four of the short stretches, because a process that sleeps wakes up in bursts, too.
struct SamplingRhythm: Sendable {
    /// A stretch with one reading. Nanoseconds of ``KernelClock/monotonic()``.
    struct Rest: Sendable {
        /// The moment of the reading.
        let moment: UInt64
        let end: UInt64
        /// How many such stretches take as long as one of a process that hardly wakes up.
        let weight: Int
        /// Whether the reading was taken.
        var isRead = false

        /// When there is something to do.
        var due: UInt64 { isRead ? end : moment }

        /// - Parameter isSpread: whether lengths differ widely.
        init(at now: UInt64, _ luck: Luck, length: UInt64, weight: Int, isSpread: Bool) {
            // No stretch may be shorter than the pause between two wake-ups for readings: ``SamplingSchedule``.
            let least = !isSpread ? 0.8 : weight > 1 ? 0.5 : 0.25
            let length = (least + (1 - least) * luck.length) * Double(length) / Double(weight)
            (moment, end, self.weight) = (now + UInt64(luck.moment * length), now + UInt64(length), weight)
        }
    }

    /// Two random numbers from 0 to 1.
    struct Luck: Sendable {
        /// For the moment of the reading.
        var moment = Double.random(in: 0..<1)
        /// For the length of the stretch.
        var length = Double.random(in: 0..<1)

        static func random(using generator: inout some RandomNumberGenerator) -> Luck {
            Luck(moment: .random(in: 0..<1, using: &generator), length: .random(in: 0..<1, using: &generator))
        }
    }

    /// Nil while the process is sampled at the full rate.
    var rest: Rest?
    /// Whether a lock was used in this stretch, as far as it was seen.
    private(set) var isBusy = true
    /// When the stretch began; nil before the first.
    private var began: UInt64?
    /// Nanoseconds of CPU that the process had used then; nil if that is unknown.
    private var cpu: UInt64?
    /// Stretches without activity, one after the other.
    private var quiet = 0
    /// Short stretches that are still to come, this one included, before CPU time is looked at again.
    private var restsLeft = 1
    /// The longest stretch at rest, in nanoseconds, when their lengths were last spread.
    private var spreadLength: UInt64 = 0
    /// Readings in this stretch.
    private var readings = 0
    /// The share of a CPU that the process usually uses at most while it sleeps.
    private var usualShare = 0.0
    /// The share of a CPU that looked like work while it rested. It is usual if no lock is found in use after it.
    private var suspiciousShare = 0.0

    /// Nanoseconds: the shortest stretch at the full rate, and the longest at rest unless thousands of processes rest.
    static let stretch: UInt64 = 4_500_000_000
    /// At the full rate, a stretch lasts until it has this many readings, or until it is this long. In two stretches with
    /// all readings, a lock that is used for a twentieth of the time is missed once in 170 times.
    private static let enoughReadings = 50
    private static let maxStretch: UInt64 = 30_000_000_000
    /// Something that happens every ten seconds is sampled at the full rate throughout.
    private static let patience = 2
    /// The share of a CPU that a resting process uses at most. It could not hold its lock for more, unless it sleeps with it,
    /// which readings find.
    private static let idleness = 0.005
    /// A process that uses so many times the CPU that it usually does while it sleeps has begun to work. Work that mostly
    /// sleeps with the lock shows in no other way until a reading finds the lock.
    private static let jump = 1.5
    /// The share of a CPU that a process uses which wakes up some ten times a second. Less does not count as a jump.
    private static let restlessness = 0.0005
    /// Work that sleeps with the lock, of a process whose CPU time does not tell, is soon met by one of so many readings.
    private static let readingsOfRestless = 4
    /// Nanoseconds after which half is left of the most that a process has used, so that what happens every minute is usual.
    private static let halfLife = 200e9

    /// Notes that a lock is used.
    mutating func noteUse() { isBusy = true }

    /// Notes that the locks were read.
    mutating func noteReading() { readings += 1 }

    /// Whether a stretch at the full rate has ended.
    ///
    /// - Parameter cpu: nanoseconds of CPU that the process has used so far. If it has not run, no further reading can find
    ///   anything new. Not asked if a lock was in use, because the next stretch is at the full rate anyway; such a stretch
    ///   lasts until it has enough readings, or 30 s.
    func isOver(at now: UInt64, cpu newest: () -> UInt64?) -> Bool {
        let age = now - min(began ?? 0, now)
        guard age >= Self.stretch, readings < Self.enoughReadings, age < Self.maxStretch else {
            return age >= Self.stretch
        }
        return !isBusy && cpu != nil && newest() == cpu
    }

    /// Begins the next stretch.
    ///
    /// - Parameters:
    ///   - now: nanoseconds, the end of the previous stretch.
    ///   - cpu: nanoseconds of CPU that the process has used so far; nil if that is unknown.
    ///   - length: nanoseconds at most, if the process rests and hardly wakes up.
    mutating func begin(at now: UInt64, cpu: UInt64?, _ luck: Luck, length: UInt64) {
        if !isBusy, restsLeft > 1, let rest {
            restsLeft -= 1
            self.rest = nextRest(at: now, luck, length: length, weight: rest.weight)
            return
        }
        let share = share(at: now, cpu: cpu) ?? .infinity
        let sleeps = !isBusy && share <= Self.idleness
        let isUsual = share <= max(Self.restlessness, Self.jump * usualShare)
        quiet = sleeps && isUsual ? quiet + 1 : 0
        // What it uses while it works, or starts, does not tell what is usual while it sleeps.
        usualShare *= exp2(-Double(now - min(began ?? now, now)) / Self.halfLife)
        if !sleeps {
            suspiciousShare = 0
        } else if rest != nil, !isUsual {
            suspiciousShare = share
        } else {
            usualShare = max(usualShare, share)
        }
        if quiet == Self.patience { (usualShare, suspiciousShare) = (max(usualShare, suspiciousShare), 0) }
        restsLeft = share > Self.restlessness ? Self.readingsOfRestless : 1
        rest = quiet < Self.patience ? nil : nextRest(at: now, luck, length: length, weight: restsLeft)
        (began, self.cpu, isBusy, readings) = (now, cpu, false, 0)
    }

    /// The first stretches differ widely in length, and so do those after stretches have become much longer. Otherwise
    /// processes that were found together would be read together, and their time counted together, for minutes.
    private mutating func nextRest(at now: UInt64, _ luck: Luck, length: UInt64, weight: Int) -> Rest {
        let isSpread = rest == nil || Double(length) > 1.5 * Double(spreadLength)
        if isSpread { spreadLength = length }
        return Rest(at: now, luck, length: length, weight: weight, isSpread: isSpread)
    }

    /// The share of a CPU that the process has used in this stretch; nil if unknown. Less than before is that of another
    /// process.
    private func share(at now: UInt64, cpu newest: UInt64?) -> Double? {
        guard let began, let cpu, let newest, newest >= cpu, now > began else { return nil }
        // In a stretch that is shorter than most, one burst is not a greater share.
        return Double(newest - cpu) / max(Double(now - began), 0.8 * Double(Self.stretch))
    }
}
