import Probing

/// Small shell programs that answer as no worker should.
enum FakeWorker {
    private static let folder: String = {
        let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(tests)/Fixtures/workers"
    }()

    /// The words that it is started with.
    static func command(_ name: String, _ arguments: String...) -> [String] {
        ["/bin/sh", "\(folder)/\(name).sh"] + arguments
    }

    static func runtime(_ name: String, _ arguments: String...) -> RuntimeSpecification {
        RuntimeSpecification(
            name: name,
            launch: .program(command: ["/bin/sh", "\(folder)/\(name).sh"] + arguments),
            iterations: 10
        )
    }
}
