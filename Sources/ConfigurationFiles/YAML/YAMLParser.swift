import CYAML

/// Reads the events of a YAML text one after another. It owns libyaml's parser and the text.
@safe struct YAMLParser: ~Copyable {
    /// On the heap, because libyaml keeps a pointer to the parser inside the parser.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    /// - Parameter bytes: UTF-8. A byte order mark, which YAML allows, is skipped and does not count as a column.
    init(_ bytes: [UInt8]) throws(Diagnostic) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw Diagnostic("no memory left to read it: free some", at: YAMLPosition(line: 1, column: 1))
        }
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: content.count)
        _ = unsafe text.initialize(fromContentsOf: content)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
        unsafe self.parser = unsafe parser
        unsafe self.text = unsafe text
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    /// The next event, up to and including the end of the stream.
    mutating func next() throws(Diagnostic) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { unsafe yaml_event_delete(&event) }
        guard let copy = unsafe YAMLEvent(event) else {
            throw Diagnostic("nothing follows the end of the file", at: unsafe YAMLPosition(event.start_mark))
        }
        return copy
    }

    /// The error of libyaml, with its place and the usual remedy.
    private borrowing func problem() -> Diagnostic {
        let what = unsafe Self.string(parser.pointee.problem) ?? "unreadable"
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            let position = unsafe position(ofByte: Int(parser.pointee.problem_offset))
            return Diagnostic("not a text file: \(what): save it as UTF-8 without control characters", at: position)
        }
        let mark = unsafe parser.pointee.problem_mark
        // At the end of the text libyaml begins another line, even if the last line has no line break.
        let isAtEnd = unsafe mark.index >= text.count(where: UTF8.startsCharacter)
        let position = isAtEnd ? position(ofByte: unsafe text.count) : YAMLPosition(mark)
        var message = "not valid YAML: \(what)"
        if let context = unsafe Self.string(parser.pointee.context), !context.isEmpty {
            message += " \(context)"
            let start = unsafe YAMLPosition(parser.pointee.context_mark)
            if start != YAMLPosition(mark) { message += " that begins at \(start)" }
        }
        let remedy =
            isTab(at: mark.index) ? "indent with spaces, not with tabs" : "check indentation, quotes and brackets"
        return Diagnostic("\(message): \(remedy)", at: position)
    }

    private static func string(_ text: UnsafePointer<CChar>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }

    /// libyaml's reader reports only the number of bytes before an invalid character, not its column.
    private borrowing func position(ofByte offset: Int) -> YAMLPosition {
        let before = unsafe text.prefix(offset)
        let line = unsafe before.reversed().prefix { $0 != UInt8(ascii: "\n") }
        let column = unsafe line.count(where: UTF8.startsCharacter)
        return YAMLPosition(line: unsafe before.count { $0 == UInt8(ascii: "\n") } + 1, column: column + 1)
    }

    private borrowing func isTab(at character: Int) -> Bool {
        unsafe text.lazy.filter(UTF8.startsCharacter).dropFirst(character).first == UInt8(ascii: "\t")
    }
}

extension UTF8 {
    fileprivate static func startsCharacter(_ byte: UInt8) -> Bool { !isContinuation(byte) }
}

/// One event of a YAML document, copied from libyaml's memory.
struct YAMLEvent {
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias
        case scalar(YAMLScalar)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    let kind: Kind
    let position: YAMLPosition
    let hasAnchor: Bool
    let hasTag: Bool

    /// Nil for YAML_NO_EVENT.
    init?(_ event: yaml_event_t) {
        var anchor: UnsafeMutablePointer<yaml_char_t>?
        var tag: UnsafeMutablePointer<yaml_char_t>?
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            unsafe (anchor, tag) = unsafe (scalar.anchor, scalar.tag)
            // By length and not up to a NUL, because an escape such as "\0" puts a NUL into the text.
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = unsafe String(decoding: bytes, as: UTF8.self)
            kind = unsafe .scalar(YAMLScalar(text: text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE))
        case YAML_SEQUENCE_START_EVENT:
            unsafe (anchor, tag) = unsafe (event.data.sequence_start.anchor, event.data.sequence_start.tag)
            kind = .sequenceStart
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            unsafe (anchor, tag) = unsafe (event.data.mapping_start.anchor, event.data.mapping_start.tag)
            kind = .mappingStart
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: return nil
        }
        position = unsafe YAMLPosition(event.start_mark)
        hasAnchor = unsafe anchor != nil
        hasTag = unsafe tag != nil
    }
}

extension YAMLPosition {
    /// libyaml counts lines and columns from zero.
    init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
