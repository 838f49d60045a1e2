import Linux

/// The functions that code objects of a process are the code of. Remembered, because a program calls the same functions again
/// and again.
///
/// A code object may be freed, and another one may take its place. So each is read again after a time.
struct CodeObjects: Sendable {
    /// Few bytes, because a host has many code objects.
    private struct Known {
        /// Nil for what is not code.
        var function: UInt16?
        /// Seconds of ``KernelClock/monotonic()``.
        var until: UInt32
    }

    /// Longer names are cut.
    static let maxNameLength = 256
    /// Longer paths are cut at their front.
    static let maxFileLength = 512
    private static let maxKnown = 8192
    /// Names that are read for one stack. Each takes some five readings of memory, and the process decides how many there
    /// are.
    private static let maxNames = 64
    /// Seconds for which a code object is remembered.
    private static let lifetime: UInt32 = 10

    private let layout: StackLayout
    private var known: [UInt64: Known] = [:]
    /// The type of code objects; nil before the first one was seen.
    private var codeType: UInt64?

    init(_ layout: StackLayout) { self.layout = layout }

    /// Whether a code is remembered, so that no memory is read for it.
    private func remember(_ code: UInt64, at now: UInt64) -> Bool {
        known[code].map { $0.until > seconds(now) } ?? false
    }

    private func seconds(_ nanoseconds: UInt64) -> UInt32 { UInt32(clamping: nanoseconds / 1_000_000_000) }

    /// The number of the function of a code object in `profile`.
    ///
    /// - Returns: nil for what is not code.
    mutating func function(
        of code: UInt64,
        in profile: inout StackProfile,
        at now: UInt64,
        _ memory: some MemorySource
    ) throws(StackReader.Failure) -> UInt32? {
        if let entry = known[code], entry.until > seconds(now) { return entry.function.map { UInt32($0) } }
        if known.count >= Self.maxKnown { known = [:] }
        let function = try read(code, memory).map { profile.number(of: $0) }
        known[code] = Known(function: function.map { UInt16($0) }, until: seconds(now) + Self.lifetime)
        return function
    }

    /// The numbers of the functions of a stack, the innermost first, and how many of them had to be read.
    ///
    /// - Parameters:
    ///   - stack: codes, the innermost first.
    ///   - isCut: whether outer calls are missing.
    mutating func functions(
        of stack: [UInt64],
        isCut: Bool,
        in profile: inout StackProfile,
        at now: UInt64,
        _ memory: some MemorySource
    ) throws(StackReader.Failure) -> (functions: [UInt32], newNames: Int) {
        var functions: [UInt32] = []
        functions.reserveCapacity(stack.count + 1)
        if isCut { functions.append(profile.number(of: .outer)) }
        var names = 0
        for code in stack.reversed() {
            if !remember(code, at: now) { names += 1 }
            // The next sample goes on where this one ends.
            guard names <= Self.maxNames else { throw .torn }
            if let function = try function(of: code, in: &profile, at: now, memory) { functions.append(function) }
        }
        functions.reverse()
        if functions.isEmpty { functions.append(profile.number(of: .native)) }
        return (functions, names)
    }

    private mutating func read(
        _ code: UInt64,
        _ memory: some MemorySource
    ) throws(StackReader.Failure) -> PythonFunction? {
        do throws(ReadingError) {
            let type = try memory.words([code &+ layout.object.type])[0]
            guard try isCodeType(type, memory) else { return nil }
            let fields = try memory.words([
                code &+ layout.code.name, code &+ layout.code.file, code &+ layout.code.firstLine,
            ])
            let line = Int32(truncatingIfNeeded: fields[2])
            guard line >= 0 else { throw .inconsistent }
            return PythonFunction(
                name: try text(at: fields[0], maxLength: Self.maxNameLength, memory),
                file: try text(at: fields[1], maxLength: Self.maxFileLength, keepsEnd: true, memory),
                line: line
            )
        } catch {
            throw .torn
        }
    }

    /// The type of code objects is static, so that its address never changes while the program runs.
    private mutating func isCodeType(_ type: UInt64, _ memory: some MemorySource) throws(ReadingError) -> Bool {
        if let codeType { return type == codeType }
        let name = try memory.words([type &+ layout.object.typeName])[0]
        let expected: [UInt8] = Array("code".utf8) + [0]
        guard try memory.bytes([MemoryRange(name, count: expected.count)]) == expected else { return false }
        codeType = type
        return true
    }

    /// Reads a `str`.
    private func text(
        at address: UInt64,
        maxLength: Int,
        keepsEnd: Bool = false,
        _ memory: some MemorySource
    ) throws(ReadingError) -> String {
        guard address.isMultiple(of: 8) else { throw .inconsistent }
        let fields = try memory.bytes([
            MemoryRange(address &+ layout.text.length, count: 8), MemoryRange(address &+ layout.text.state, count: 4),
        ])
        guard let length = Int(exactly: fields.word(at: 0)), length <= Self.maxTextLength,
            let form = TextForm(fields.halfWord(at: 8))
        else { throw .inconsistent }
        let kept = min(length, maxLength)
        let skipped = keepsEnd ? length - kept : 0
        let data = form.isASCII ? layout.text.ascii : layout.text.compact
        let range = MemoryRange(
            address &+ data &+ UInt64(skipped * form.bytesPerCharacter),
            count: kept * form.bytesPerCharacter
        )
        guard let text = form.decode(try memory.bytes([range])) else { throw .inconsistent }
        switch (kept < length, keepsEnd) {
        case (false, _): return text
        case (true, false): return text + "…"
        case (true, true): return "…" + text
        }
    }

    /// More than any name or path has.
    private static let maxTextLength = 1 << 20
}

/// How a `str` keeps its characters: `state` of PyASCIIObject, Include/cpython/unicodeobject.h.
private struct TextForm {
    let bytesPerCharacter: Int
    let isASCII: Bool

    /// - Returns: nil for a word that cannot be such a state, and for texts whose characters are elsewhere, which names are
    ///   not.
    init?(_ state: UInt32) {
        // Two bits say whether it is interned; a whole byte in free-threaded builds of 3.14 and later. The bits of the kind,
        // which follow, are never all 0, so that the two cannot be confused.
        for bits in [state >> 2, state >> 8] {
            let (kind, isCompact, isASCII) = (Int(bits & 7), bits >> 3 & 1 == 1, bits >> 4 & 1 == 1)
            guard [1, 2, 4].contains(kind), isCompact, !isASCII || kind == 1 else { continue }
            (bytesPerCharacter, self.isASCII) = (kind, isASCII)
            return
        }
        return nil
    }

    /// - Returns: nil if the bytes are no characters.
    func decode(_ bytes: [UInt8]) -> String? {
        var text = String.UnicodeScalarView()
        for offset in stride(from: 0, to: bytes.count, by: bytesPerCharacter) {
            var value: UInt32 = 0
            for index in (0..<bytesPerCharacter).reversed() { value = value << 8 | UInt32(bytes[offset + index]) }
            if isASCII, value > 127 { return nil }
            // A lone surrogate stands for a byte of a file name that is not UTF-8.
            guard let scalar = Unicode.Scalar(value) ?? ((0xD800..<0xE000).contains(value) ? "\u{FFFD}" : nil) else {
                return nil
            }
            // Control characters would break the lines of every format.
            text.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        return String(text)
    }
}
