import Testing

@testable import Observation

struct RegularExpressionTests {
    private func captures(_ expression: String, in subject: String) throws -> [RegularExpression.Capture]? {
        guard case .matched(let captures) = try RegularExpression(expression).search(subject) else { return nil }
        return captures
    }

    @Test func `captures have numbers, names, and no text if they took no part`() throws {
        let found = try #require(try captures("(a)|(?<word>b+)(c)?", in: "xxbbé"))
        #expect(found.map(\.text) == [nil, "bb", nil])
        #expect(found.map(\.name) == [nil, "word", nil])
        #expect(try captures("^(.*)$", in: "żółć 🐍")?.map(\.text) == ["żółć 🐍"])
        #expect(try captures("z", in: "xxbb") == nil)
        #expect(try captures("", in: "")?.isEmpty == true)
    }

    @Test func `captures can be named in both notations`() throws {
        let expression = try RegularExpression("(?<one>a)(?P<other>b)")
        #expect(expression.contains(captureNamed: "one") && expression.contains(captureNamed: "other"))
        #expect(!expression.contains(captureNamed: "third"))
        #expect(try expression == RegularExpression("(?<one>a)(?P<other>b)") && expression != RegularExpression("a"))
    }

    @Test(arguments: ["(a+)+$", "(x+x+)+[yz]", "^(([a-z])+.)+[A-Z]([a-z])+$"])
    func `a search that backtracks without end is given up`(text: String) throws {
        let subject = String(repeating: "a", count: 500) + String(repeating: "x", count: 500) + "!"
        guard case .exhausted = try RegularExpression(text).search(subject) else {
            Issue.record("the search ended")
            return
        }
    }

    @Test(arguments: [("(", 1), ("[", 1), ("ż{2,1}", 5), ("*", 0), ("\\C", 2)])
    func `an invalid expression is refused with the place of the error`(text: String, offset: Int) throws {
        let error = #expect(throws: RegularExpressionError.self) { try RegularExpression(text) }
        #expect(error?.offset == offset)
        #expect(error?.reason.isEmpty == false)
    }
}
