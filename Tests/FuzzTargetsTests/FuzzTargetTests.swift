import FoundationEssentials
import FuzzTargets
import TestSupport
import Testing

/// Runs every target on its corpus, and on inputs that are made of it. `make fuzz` makes many more, by coverage.
///
/// Each target runs in a process of its own, so that a trap fails one test, and leaves its input in a file.
struct FuzzTargetTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `a target accepts its corpus and what is made of it`(name: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("input")
        let result = await #expect(processExitsWith: .success) { [name, path = path as String] in
            let target = try #require(FuzzTarget.all.first { $0.name == name })
            let corpus = try Corpus(of: target)
            var mutator = Mutator(corpus.inputs, maxLength: target.maxLength, seed: UInt64(name.utf8.count))
            for input in corpus.inputs + (0..<target.testExecutions).map({ _ in mutator.next() }) {
                try Data(input).write(to: URL(filePath: path))
                try target.run(input)
            }
        }
        guard result == nil else { return }
        let input = try Data(contentsOf: URL(filePath: path)).base64EncodedString()
        Issue.record("\(name): the last input in base64 is \(input)")
    }

    @Test func `every corpus is of a target and small`() throws {
        let folder = Repository.fixture("fuzzing")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(names) == Set(FuzzTarget.all.map(\.name)))
        for target in FuzzTarget.all {
            let corpus = try Corpus(of: target)
            #expect(!corpus.inputs.isEmpty, "\(target.name)")
            #expect(corpus.inputs.allSatisfy { $0.count <= target.maxLength }, "\(target.name)")
        }
    }
}

/// The inputs of a target in `Tests/Fixtures/fuzzing`.
private struct Corpus {
    /// In the order of their names.
    let inputs: [[UInt8]]

    init(of target: FuzzTarget) throws {
        let folder = Repository.fixture("fuzzing/\(target.name)")
        inputs = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            Array(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
        }
    }
}
