import Linux

extension StackLayout {
    /// The layout of the interpreter at `runtime`: the process's own description if it has one, else the table's.
    ///
    /// - Returns: nil if neither describes its stacks.
    init?(
        of interpreter: InterpreterLayout,
        at runtime: UInt64,
        in memory: some MemorySource
    ) throws(ReadingError) {
        guard let positions = Positions(minor: interpreter.version.minor) else {
            self.init(tabulated: interpreter.version)
            return
        }
        self.init(try memory.bytes([MemoryRange(runtime, count: positions.byteCount)]), positions)
    }

    /// Where `_Py_DebugOffsets` has the offsets for stacks: pycore_runtime.h of 3.13, pycore_debug_offsets.h since 3.14.
    private struct Positions {
        var thread: Int
        var currentFrame: Int
        var chunk: Int
        var frame: Int
        var code: Int
        var object: Int
        var type: Int
        var text: Int
        /// Of the characters of a `str` that is not ASCII; nil if the table lacks it.
        var compact: Int?

        init?(minor: Int) {
            switch minor {
            case 13:
                (thread, currentFrame, chunk, frame, code) = (152, 184, 208, 224, 272)
                (object, type, text, compact) = (352, 368, 536, nil)
            case 14:
                (thread, currentFrame, chunk, frame, code) = (176, 208, 232, 248, 312)
                (object, type, text, compact) = (400, 416, 616, nil)
            case 15:
                (thread, currentFrame, chunk, frame, code) = (176, 208, 256, 312, 376)
                (object, type, text, compact) = (464, 480, 712, 744)
            default:
                return nil
            }
        }

        var byteCount: Int { text + 48 }
    }

    /// - Parameter table: the table, which comes from another process: every offset is checked against the size of its
    ///   structure.
    private init?(_ table: [UInt8], _ positions: Positions) {
        func offset(_ position: Int, in structure: Int, bytes: UInt64 = 8) -> UInt64? {
            let (offset, size) = (table.word(at: position), table.word(at: structure))
            guard size <= Self.maxStructureBytes, offset.isMultiple(of: bytes), offset <= size, bytes <= size - offset
            else {
                return nil
            }
            return offset
        }
        let (frame, code, text) = (positions.frame, positions.code, positions.text)
        guard let top = offset(positions.currentFrame, in: positions.thread),
            let chunk = offset(positions.chunk, in: positions.thread),
            let frameCode = offset(frame + 16, in: frame),
            let previous = offset(frame + 8, in: frame), previous != frameCode,
            let owner = offset(frame + 40, in: frame, bytes: 1),
            let file = offset(code + 8, in: code),
            let name = offset(code + 24, in: code), name != file,
            let line = offset(code + 40, in: code, bytes: 4),
            let type = offset(positions.object + 8, in: positions.object),
            let typeName = offset(positions.type + 8, in: positions.type),
            let length = offset(text + 16, in: text),
            let state = offset(text + 8, in: text, bytes: 4)
        else { return nil }
        let ascii = table.word(at: text + 24)
        // PyCompactUnicodeObject has two more words than PyASCIIObject: unicodeobject.h.
        let compact = positions.compact.map { table.word(at: $0) } ?? ascii &+ 16
        guard (32...256).contains(ascii), (ascii...256).contains(compact) else { return nil }
        self.init(
            top: .inThread(top),
            chunk: chunk,
            frame: Frame(code: frameCode, previous: previous, owner: owner),
            code: Code(name: name, file: file, firstLine: line),
            text: Text(length: length, state: state, ascii: ascii, compact: compact),
            object: Object(type: type, typeName: typeName)
        )
    }

    private static let maxStructureBytes: UInt64 = 1 << 16
}
