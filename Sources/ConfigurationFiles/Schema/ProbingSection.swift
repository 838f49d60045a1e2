import Probing

extension ProbingSettings {
    /// `probing:`, what is run, how and how often.
    static var section: Section<ProbingSettings> {
        let keys: [Key<ProbingSettings>] = [
            // A round takes about a second per runtime, so a shorter interval would only ever be stretched; and a host
            // that is looked at less than once a day is not monitored.
            Key("interval", \.interval, .duration(in: .seconds(1) ... .seconds(24 * 3600))),
            // At half, one interval may already be three times as long as another.
            Key("jitter", \.jitter, .ratio(percent: 0...50)),
            // Beyond one whole CPU on average the exporter would be the load that it measures; below a ten-thousandth,
            // a round of a few CPU seconds would come less than once a day.
            Key("cpu_budget", \.cpuBudget, .ratio(percent: 0.01...100)),
            Key("time_limit", \.timeLimit, .duration(in: .milliseconds(1) ... .seconds(600))),
            Key(
                "probes",
                \.probes,
                .list(
                    of: .choice,
                    example: "[single, gil]",
                    distinct: Distinction(by: \.rawValue, remedy: "keep one")
                ).nonEmpty(example: "single")
            ),
            // One worker is the probe `single`. An affinity mask holds 1024 CPUs (cpu_set_t, CPU_SET(3)): workers
            // beyond that could not have one each.
            Key("workers", \.workers, .integer(in: 2...ProbingSettings.maxWorkers)),
            // Every wake-up waits a little on a run queue (`schedstat` counts nanoseconds), so with no tolerance at
            // all every measurement would be disturbed. At 100 % none is.
            Key("disturbed_run_queue_ratio", \.disturbedRunQueueRatio, .ratio(percent: 0.1...100)),
            // Shorter timed waits last 50 µs all the same, the default timer slack (PR_SET_TIMERSLACK, prctl(2)).
            Key("switch_interval", \.switchInterval, .duration(in: .microseconds(50) ... .seconds(1))),
        ]
        return Section(keys, check: checkLockTurns)
    }

    /// Workers take turns of one switch interval each at the lock. If one turn of all of them is no shorter than the
    /// time limit, then either a countdown is that long too and is ended, or every share of it is shorter than a switch
    /// interval and the lock is never handed over: there is nothing to measure.
    private static func checkLockTurns(_ settings: ProbingSettings, _ places: Places, _ diagnostics: inout Diagnostics)
    {
        let turn = settings.switchInterval * settings.workers
        guard settings.probes.contains(where: \.sharesLock), turn >= settings.timeLimit else { return }
        diagnostics.report(
            "\(settings.workers) workers that hold the lock for \(settings.switchInterval.notation) each need "
                + "\(turn.notation) to take turns, which time_limit (\(settings.timeLimit.notation)) does not allow: "
                + "use fewer workers, a shorter switch_interval or a longer time_limit",
            at: places.value(of: "switch_interval", "workers", "time_limit")
        )
    }
}
