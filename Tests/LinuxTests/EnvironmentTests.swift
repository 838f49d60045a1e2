import Linux
import Testing

struct EnvironmentTests {
    @Test func `a variable that is set has its value`() throws {
        #expect(try #require(Environment.value("PATH")).contains("/"))
    }

    @Test func `one that is not set has none`() {
        #expect(Environment.value("GIL_EXPORTER_NOBODY_SETS_THIS") == nil)
    }
}
