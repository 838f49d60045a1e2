import Testing

@testable import Observation

struct GroupRuleTests {
    @Test func `variables are filled in, and dollars can be escaped`() throws {
        let template = try #require(GroupTemplate("a$1-${name}${2}b$$"))
        #expect(template.variables == [.number(1), .name("name"), .number(2)])
        let values: [GroupTemplate.Variable: Substring] = [.number(1): "x", .name("name"): "y"]
        #expect(template.filled { values[$0] } == "ax-yb$")
    }

    @Test(arguments: ["$", "a$", "$a", "${", "${}", "${a b}", "${a", "$-1", "$99999999999999999999"])
    func `a dollar that begins no variable is refused`(text: String) {
        #expect(GroupTemplate(text) == nil)
    }
}
