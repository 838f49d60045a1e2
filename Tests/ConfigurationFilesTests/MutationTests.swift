import ConfigurationFiles
import TestSupport
import Testing

/// Whatever is in a file, it is accepted or refused: nothing crashes, and nothing goes on for ever.
struct MutationTests {
    @Test(arguments: seeds)
    func `a damaged file is accepted, or refused with places in the file`(name: String) throws {
        let folder = ConfigurationFixtures.good.contains(name) ? "good" : "bad"
        let original = try ConfigurationFixtures.bytes(ConfigurationFixtures.path(folder, name))
        var random = SeededGenerator(seed: UInt64(original.count))
        for _ in 0..<200 {
            let text = mutated(original, &random)
            do {
                _ = try Configuration.parse(text, file: name)
            } catch {
                #expect(!error.issues.isEmpty)
                let lines = text.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } + 1
                for issue in error.issues {
                    let line = try #require(issue.line)
                    #expect((1...lines).contains(line), "\(issue)")
                    #expect(!issue.message.contains("\n"))
                }
            }
        }
    }

    private static let seeds = ConfigurationFixtures.good + ConfigurationFixtures.bad

    /// Bytes that mean something to YAML, so that damage is more than other letters in a text.
    private let syntax = Array("{}[]:,-#&*!|>'\"%@`?\n\t\r ~\\\0\u{FEFF}".utf8) + [0xFF, 0xC3, 0x80]

    private func mutated(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var text = original
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: 0...text.count, using: &random)
            let end = min(text.count, place + Int.random(in: 0...20, using: &random))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: text.insert(syntax.randomElement(using: &random) ?? 0, at: place)
            case 1: text.removeSubrange(place..<end)
            case 2: text.insert(contentsOf: text[place..<end], at: Int.random(in: 0...text.count, using: &random))
            default: text.replaceSubrange(place..<end, with: [UInt8.random(in: 0...255, using: &random)])
            }
        }
        return text
    }
}
