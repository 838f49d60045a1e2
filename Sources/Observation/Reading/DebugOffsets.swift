/// The table of offsets that CPython 3.13 and later keeps at the start of `_PyRuntime`: `_Py_DebugOffsets`,
/// Include/internal/pycore_runtime.h and pycore_debug_offsets.h.
///
/// The table comes from another process, so every offset is checked against the size of the structure that it describes.
struct DebugOffsets: Sendable, Equatable {
    /// The part of the table that is read. It ends with the last field that is used, in 3.15.
    static let byteCount = 256

    let layout: InterpreterLayout

    /// The offsets of the table's own fields, in bytes.
    private struct Positions {
        var ceval: Int
        var threadSize: Int
        var nativeThreadID: Int

        init?(minor: UInt64) {
            switch minor {
            case 13: (ceval, threadSize, nativeThreadID) = (112, 152, 200)
            // 3.14 has one more word about the interpreter's threads, and two about its code.
            case 14: (ceval, threadSize, nativeThreadID) = (120, 176, 224)
            // 3.15 has three more about the frames of a thread.
            case 15: (ceval, threadSize, nativeThreadID) = (120, 176, 248)
            default: return nil
            }
        }

        var gilState: Int { ceval + 8 }
        // Between them is the offset of `enabled`, which no build fills in.
        var locked: Int { ceval + 24 }
        var holder: Int { ceval + 32 }
        var threadNext: Int { threadSize + 16 }
    }

    /// "xdebugpy".
    private static let cookie: UInt64 = 0x7970_6775_6265_6478
    /// PY_RELEASE_LEVEL_FINAL of Include/patchlevel.h.
    private static let finalRelease: UInt64 = 0xF
    /// The largest structure of an interpreter, PyInterpreterState, has some 400 KiB.
    private static let maxStructureBytes: UInt64 = 16 << 20

    static func begin(_ bytes: [UInt8]) -> Bool { bytes.count >= 8 && bytes.word(at: 0) == cookie }

    /// - Parameters:
    ///   - bytes: the first ``byteCount`` bytes of `_PyRuntime`.
    ///   - expected: the version that the file states, if any.
    ///   - architecture: the one that the file is compiled for.
    init(parsing bytes: [UInt8], expected: PythonVersion?, _ architecture: Architecture) throws(UnobservableReason) {
        guard bytes.count >= Self.byteCount, Self.begin(bytes) else { throw .layout }

        // PY_VERSION_HEX: major, minor and micro a byte each, then the release level and its serial number.
        let hexVersion = bytes.word(at: 8)
        guard hexVersion <= UInt64(UInt32.max) else { throw .layout }
        let version = PythonVersion(
            major: Int(hexVersion >> 24),
            minor: Int(hexVersion >> 16 & 0xFF),
            micro: Int(hexVersion >> 8 & 0xFF)
        )
        guard version.major == 3, let positions = Positions(minor: UInt64(version.minor)) else { throw .version }
        guard hexVersion >> 4 & 0xF == Self.finalRelease else { throw .prerelease }
        if let expected, expected != version { throw .layout }
        let build: ProcessObservation.Build
        switch bytes.word(at: 16) {
        case 0: build = .gil
        case 1: build = .freeThreaded
        default: throw .layout
        }

        let runtime = try Structure(in: bytes, sizeAt: 24)
        let interpreter = try Structure(in: bytes, sizeAt: 48)
        let thread = try Structure(in: bytes, sizeAt: positions.threadSize)

        // The offsets of the lock that is embedded in the interpreter show the layout of every lock, even if the embedded
        // one is not in use.
        let gil = GILLayout(build, architecture)
        let embedded = try interpreter.offset(at: positions.gilState, of: UInt64(gil.size))
        guard bytes.word(at: positions.locked) == embedded + UInt64(gil.locked),
            bytes.word(at: positions.holder) == embedded + UInt64(gil.lastHolder)
        else { throw .layout }

        layout = InterpreterLayout(
            version: version,
            build: build,
            architecture: architecture,
            runtime: .init(finalizing: try runtime.offset(at: 32), interpretersHead: try runtime.offset(at: 40)),
            interpreter: .init(
                next: try interpreter.offset(at: 64),
                id: try interpreter.offset(at: 56),
                threadsHead: try interpreter.offset(at: 72)
            ),
            thread: .init(
                next: try thread.offset(at: positions.threadNext),
                nativeID: try thread.offset(at: positions.nativeThreadID)
            ),
            lock: .pointerInInterpreter(try interpreter.offset(at: positions.ceval))
        )
        try Self.requireDistinct(layout)
    }

    /// A structure of the interpreter, as the table describes it.
    private struct Structure {
        let table: [UInt8]
        let size: UInt64

        init(in table: [UInt8], sizeAt position: Int) throws(UnobservableReason) {
            self.table = table
            size = table.word(at: position)
            guard size <= DebugOffsets.maxStructureBytes else { throw .layout }
        }

        /// The offset at `position` of the table, of a field that lies within the structure.
        func offset(at position: Int, of byteCount: UInt64 = 8) throws(UnobservableReason) -> UInt64 {
            let offset = table.word(at: position)
            guard offset.isMultiple(of: 8), offset <= size, byteCount <= size - offset else { throw .layout }
            return offset
        }
    }

    /// Throws if two fields of a structure have the same offset.
    private static func requireDistinct(_ layout: InterpreterLayout) throws(UnobservableReason) {
        guard case .pointerInInterpreter(let lock) = layout.lock else { return }
        let fields = [layout.interpreter.next, layout.interpreter.id, layout.interpreter.threadsHead, lock]
        guard Set(fields).count == fields.count, layout.runtime.finalizing != layout.runtime.interpretersHead,
            layout.thread.next != layout.thread.nativeID
        else { throw .layout }
    }
}
