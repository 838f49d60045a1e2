/// Composes the events of a YAML text into a tree of nodes.
///
/// It refuses features that let a text mean more than it shows: anchors and aliases (nine lines of them can stand for
/// billions of values), tags, and repeated keys.
struct YAMLComposer: ~Copyable {
    /// Several times the nesting of the schemas. The composer calls itself once per level.
    static let maxDepth = 16
    /// Hundreds of times the size of a large configuration.
    static let maxNodes = 10_000

    private var parser: YAMLParser
    private var nodes = 0

    private init(_ parser: consuming YAMLParser) {
        self.parser = parser
    }

    /// The document's root. Nil if the text has nothing but comments, or is not valid.
    static func compose(_ bytes: [UInt8], _ diagnostics: inout Diagnostics) -> YAMLNode? {
        do throws(Diagnostic) {
            var composer = YAMLComposer(try YAMLParser(bytes))
            return try composer.document(&diagnostics)
        } catch {
            diagnostics.add(error)
            return nil
        }
    }

    private mutating func document(_ diagnostics: inout Diagnostics) throws(Diagnostic) -> YAMLNode? {
        _ = try parser.next()
        guard case .documentStart = try parser.next().kind else { return nil }
        let root = try node(parser.next(), depth: 0, &diagnostics)
        _ = try parser.next()
        let end = try parser.next()
        guard case .streamEnd = end.kind else {
            throw Diagnostic("a second document begins here: keep everything in one, without \"---\"", at: end.position)
        }
        return root
    }

    private mutating func node(_ event: YAMLEvent, depth: Int, _ diagnostics: inout Diagnostics) throws(Diagnostic)
        -> YAMLNode
    {
        nodes += 1
        guard nodes <= Self.maxNodes else {
            throw Diagnostic("more than \(Self.maxNodes) values: is this the right file?", at: event.position)
        }
        guard depth <= Self.maxDepth else {
            throw Diagnostic("nested more than \(Self.maxDepth) deep: is this the right file?", at: event.position)
        }
        if event.hasAnchor { diagnostics.report("anchors (&name) are not used here: remove it", at: event.position) }
        if event.hasTag { diagnostics.report("tags (!name) are not used here: remove it", at: event.position) }
        return YAMLNode(position: event.position, content: try content(event, depth: depth, &diagnostics))
    }

    private mutating func content(_ event: YAMLEvent, depth: Int, _ diagnostics: inout Diagnostics) throws(Diagnostic)
        -> YAMLNode.Content
    {
        switch event.kind {
        case .scalar(let scalar):
            return .scalar(scalar)
        case .sequenceStart:
            return .sequence(try sequence(depth: depth, &diagnostics))
        case .mappingStart:
            return .mapping(try mapping(depth: depth, &diagnostics))
        case .alias:
            throw Diagnostic("aliases (*name) are not used here: write the value out", at: event.position)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            throw Diagnostic("something ends here that has not begun: check brackets", at: event.position)
        }
    }

    private mutating func sequence(depth: Int, _ diagnostics: inout Diagnostics) throws(Diagnostic) -> [YAMLNode] {
        var elements: [YAMLNode] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { return elements }
            elements.append(try node(event, depth: depth + 1, &diagnostics))
        }
    }

    private mutating func mapping(depth: Int, _ diagnostics: inout Diagnostics) throws(Diagnostic) -> [YAMLEntry] {
        var entries: [YAMLEntry] = []
        var places: [String: YAMLPosition] = [:]
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { return entries }
            let key = try node(event, depth: depth + 1, &diagnostics)
            let value = try node(parser.next(), depth: depth + 1, &diagnostics)
            guard case .scalar(let scalar) = key.content else {
                diagnostics.report("a key is \(key.kind): write a single word", at: key.position)
                continue
            }
            if let first = places[scalar.text] {
                let message = "\(quoted(scalar.text)) is given twice, first at \(first): keep one"
                diagnostics.report(message, at: key.position)
            } else {
                places[scalar.text] = key.position
                entries.append(YAMLEntry(key: scalar.text, keyPosition: key.position, value: value))
            }
        }
    }
}
