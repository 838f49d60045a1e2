import Probing
import TestSupport

/// Small shell programs that answer as no worker should.
enum FakeWorker {
    private static let folder = Repository.fixture("workers")

    /// The words that it is started with.
    static func command(_ name: String, _ arguments: String...) -> [String] {
        ["/bin/sh", "\(folder)/\(name).sh"] + arguments
    }

    static func runtime(_ name: String, _ arguments: String...) -> RuntimeConfiguration {
        RuntimeConfiguration(
            name: name,
            launch: .program(command: ["/bin/sh", "\(folder)/\(name).sh"] + arguments),
            iterations: 10
        )
    }
}
