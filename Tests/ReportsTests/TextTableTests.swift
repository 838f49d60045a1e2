import Testing

@testable import Reports

struct TextTableTests {
    @Test func `words are aligned left and numbers right`() {
        let rows = [["a", "10", "x"], ["python3", "9", ""]]
        let table = TextTable([.words("name"), .numbers("n"), .words("")], rows: rows)
        #expect(table.header == "name      n   ")
        #expect(table.lines == ["a        10  x", "python3   9   "])
        #expect(table.width == 14)
    }

    @Test func `a table without rows has a header`() {
        let table = TextTable([.words("name"), .numbers("n")], rows: [])
        #expect((table.header, table.lines) == ("name  n", []))
    }

    @Test func `a cell cannot control the terminal`() {
        let table = TextTable([.words("name")], rows: [["a\u{1B}[2Jb\u{9B}1m\u{202E}"]])
        #expect(table.lines == ["a?[2Jb?1m?"])
    }
}
