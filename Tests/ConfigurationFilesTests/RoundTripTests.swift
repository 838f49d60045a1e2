import ConfigurationFiles
import Testing

/// What is written of any settings is read as these settings.
struct RoundTripTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `random settings are read as they are written`(seed: UInt64) throws {
        var random = RandomConfiguration(seed: seed)
        for number in 0..<100 {
            let (configuration, text) = random.next()
            do {
                #expect(
                    try Configuration.parse(Array(text.utf8), file: "random.yml") == configuration,
                    "\(number): \(text)"
                )
            } catch {
                Issue.record("\(number): \(error)\n\(text)")
            }
        }
    }
}
