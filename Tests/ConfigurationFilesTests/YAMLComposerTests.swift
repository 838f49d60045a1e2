import Testing

@testable import ConfigurationFiles

struct YAMLComposerTests {
    @Test func `a node knows the line and the column, in characters, at which it begins`() throws {
        let root = try #require(compose("# é\nä: ö\nlist:\n  - 'ü': [1, \"2\"]\n").root)
        let entries = try #require(root.entries)

        #expect(entries.map(\.key) == ["ä", "list"])
        #expect(entries.map(\.keyPosition) == [at(2, 1), at(3, 1)])
        #expect(entries.map(\.value.position) == [at(2, 4), at(4, 3)])
        let inner = try #require(entries.last?.value.elements?.first?.entries?.first?.value)
        #expect(inner.position == at(4, 10))
        #expect(inner.elements?.map(\.position) == [at(4, 11), at(4, 14)])
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL"])
    func `a null needs no quotes`(text: String) throws {
        #expect(try #require(compose("key: \(text)").root?.entries?.first?.value.scalar).isNull)
        #expect(try #require(compose("key: \"\(text)\"").root?.entries?.first?.value.scalar).isNull == false)
    }

    @Test func `a NUL in a text does not end it`() throws {
        #expect(compose(#""a\0b""#).root?.scalar?.text == "a\0b")
    }

    @Test func `nesting is limited`() {
        func nested(_ levels: Int) -> String {
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        #expect(compose(nested(YAMLComposer.maxDepth + 1)).messages == [])
        #expect(
            compose(nested(YAMLComposer.maxDepth + 2)).messages == [
                "1:18 nested more than 16 deep: is this the right file?"
            ]
        )
    }

    @Test func `the number of values is limited`() {
        func list(_ elements: Int) -> String { String(repeating: "- 1\n", count: elements) }
        #expect(compose(list(YAMLComposer.maxNodes - 1)).messages == [])
        #expect(
            compose(list(YAMLComposer.maxNodes)).messages == [
                "10000:3 more than 10000 values: is this the right file?"
            ]
        )
    }

    @Test func `aliases that multiply are refused before expansion`() {
        let text = "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
        #expect(
            compose(text).messages == [
                "1:4 anchors (&name) are not used here: remove it",
                "2:4 anchors (&name) are not used here: remove it",
                "2:8 aliases (*name) are not used here: write the value out",
            ]
        )
    }

    @Test func `a repeated key keeps its first value`() throws {
        let (root, messages) = compose("a: 1\nb: 2\na: 3\na: 4\n")
        #expect(
            messages == [
                #"3:1 "a" is given twice, first at 1:1: keep one"#, #"4:1 "a" is given twice, first at 1:1: keep one"#,
            ]
        )
        #expect(root?.entries?.map(\.key) == ["a", "b"])
        #expect(root?.entries?.first?.value.scalar?.text == "1")
    }

    private func compose(_ text: String) -> (root: YAMLNode?, messages: [String]) {
        var diagnostics = Diagnostics()
        let root = YAMLComposer.compose(Array(text.utf8), &diagnostics)
        return (root, diagnostics.inFileOrder.map { "\($0.position) \($0.message)" })
    }

    private func at(_ line: Int, _ column: Int) -> YAMLPosition {
        YAMLPosition(line: line, column: column)
    }
}

extension YAMLNode {
    fileprivate var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }
    fileprivate var elements: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }
    fileprivate var entries: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }
}
