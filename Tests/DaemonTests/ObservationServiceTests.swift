import Exposition
import Linux
import Observation
import Reports
import TestSupport
import Testing

@testable import Daemon

@Suite(.timeLimit(.minutes(1)))
struct ObservationServiceTests {
    @Test(.disabled(if: Sanitizer.isActive, "a sanitizer needs terabytes of address space"))
    func `without threads for a new observer, the previous one goes on`() async {
        await #expect(processExitsWith: .success) {
            let (recorded, registry) = (RecordedLog(), Registry())
            var settings = ObservationSettings()
            settings.scanInterval = .seconds(1)
            let service = ObservationService(
                settings,
                registry: registry,
                logger: recorded.logger,
                retryInterval: .milliseconds(100)
            )
            let running = Task { try await service.run() }
            try await waitUntil { service.overview().scan != nil }

            try ThreadShortage.begin()
            settings.scanInterval = .seconds(2)
            service.apply(settings)
            let during = service.overview()
            ThreadShortage.end()
            #expect(during.state == .on && during.scan != nil)
            #expect(recorded.messages.contains { $0.contains("goes on with the previous ones") })

            try await waitUntil {
                var buffer: [UInt8] = []
                registry.write(.text, into: &buffer)
                let text = String(decoding: buffer, as: UTF8.self)
                return text.contains("\ngil_exporter_observation_scan_interval_seconds 2\n")
            }
            running.cancel()
            try? await running.value
        }
    }
}
