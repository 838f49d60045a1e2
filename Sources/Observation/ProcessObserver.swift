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
            GILSampler.Settings(rate: Double(settings.sampleRate), cpuBudget: settings.cpuBudget)
        )
        population = Protected(ProcessPopulation(metrics: metrics, sampler: sampler))
        let thread = try POSIXThread(name: "gil-scan") { [metrics, population, pause] in
            var census = ProcessCensus(grouping: Grouping(settings, names: names))
            repeat {
                report(Self.scan(&census, population, metrics))
            } while pause.wait(for: settings.scanInterval)
        }
        thread.detach()
    }

    deinit { stop() }

    /// Brings the metrics up to date with what was sampled.
    package func refresh() {
        population.withLock { $0?.refresh() }
    }

    /// Ends the observation. What was counted stays.
    package func stop() {
        pause.end()
        // The last reference to the sampler ends its thread, which is not to be waited for in the lock.
        let last = population.withLock { population in
            population?.removeAll()
            defer { population = nil }
            return population
        }
        withExtendedLifetime(last) {}
    }

    private static func scan(
        _ census: inout ProcessCensus,
        _ population: Protected<ProcessPopulation?>,
        _ metrics: ObservationMetrics
    ) -> Result<ScanReport, SystemError> {
        let began = KernelClock.threadCPU()
        let overflow = census.overflow
        defer {
            metrics.ownCPU.increment(by: Double(KernelClock.threadCPU() - began) / 1e9)
            metrics.overflow.increment(by: Double(census.overflow - overflow))
        }
        do throws(SystemError) {
            let sightings = try census.take(now: KernelClock.monotonic())
            let unobservable = population.withLock { population in
                population?.update(sightings)
                return population?.unobservable ?? [:]
            }
            return .success(
                ScanReport(
                    unobservable: unobservable,
                    seesOthers: census.seesOthers,
                    exhaustedExpressions: census.exhaustedExpressions
                )
            )
        } catch {
            return .failure(error)
        }
    }
}
