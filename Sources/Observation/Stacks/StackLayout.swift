/// The offsets, in bytes, of the fields that lead from a thread state of CPython to the functions that the thread is in.
struct StackLayout: Sendable, Hashable {
    /// Where a thread state keeps its innermost frame.
    enum Top: Sendable, Hashable {
        case inThread(UInt64)
        /// In a `_PyCFrame` on the thread's C stack, to which the thread state points.
        case inCFrame(thread: UInt64, frame: UInt64)
    }

    struct Frame: Sendable, Hashable {
        var code: UInt64
        var previous: UInt64
        /// A byte that says what the frame belongs to; nil if all frames are of Python code.
        var owner: UInt64?
    }

    struct Code: Sendable, Hashable {
        /// The qualified name, or the name before 3.11, which has no other.
        var name: UInt64
        var file: UInt64
        var firstLine: UInt64
    }

    /// A `str`. Its characters follow the fields at one of two places.
    struct Text: Sendable, Hashable {
        var length: UInt64
        var state: UInt64
        var ascii: UInt64
        var compact: UInt64
    }

    struct Object: Sendable, Hashable {
        /// From an object to its type.
        var type: UInt64
        /// From a type to its name, a C string.
        var typeName: UInt64
    }

    var top: Top
    /// Of `datastack_chunk` in the thread state, the memory that frames of ordinary calls lie in; nil before 3.11, whose
    /// frames are objects. The end of the used part follows it.
    var chunk: UInt64?
    var frame: Frame
    var code: Code
    var text: Text
    var object: Object

    /// Owners from this one on are not Python code: FRAME_OWNED_BY_CSTACK of 3.12, FRAME_OWNED_BY_INTERPRETER and later ones
    /// of 3.14, pycore_frame.h.
    static let firstOwnerWithoutCode: UInt8 = 3
    /// Fields of a chunk: `_PyStackChunk` of pystate.h, the same from 3.11 on.
    enum Chunk {
        static let previous: UInt64 = 0
        static let size: UInt64 = 8
        static let top: UInt64 = 16
        static let data: UInt64 = 24
    }
    /// The low bits of a reference to code mark how it is counted: `_PyStackRef` of 3.14 and later. Objects are aligned.
    static let referenceMask: UInt64 = ~7
}

extension StackLayout {
    /// The layout of a version that does not describe itself, from the debug information of its releases; the same on both
    /// architectures.
    ///
    /// - Returns: nil for other versions.
    init?(tabulated version: PythonVersion) {
        guard version.major == 3 else { return nil }
        object = Object(type: 8, typeName: 24)
        text = Text(length: 16, state: 32, ascii: 48, compact: 72)
        switch version.minor {
        case 8, 9, 10:
            top = .inThread(24)
            chunk = nil
            frame = Frame(code: 32, previous: 24, owner: nil)
            code = Code(name: 112, file: 104, firstLine: 40)
        case 11:
            top = .inCFrame(thread: 56, frame: 8)
            chunk = 296
            frame = Frame(code: 32, previous: 48, owner: nil)
            code = Code(name: 128, file: 112, firstLine: 72)
        case 12:
            top = .inCFrame(thread: 56, frame: 0)
            chunk = 232
            frame = Frame(code: 0, previous: 8, owner: 70)
            code = Code(name: 128, file: 112, firstLine: 68)
            // The pointer to a representation as wchar_t is gone: PEP 623.
            text = Text(length: 16, state: 32, ascii: 40, compact: 56)
        default:
            return nil
        }
    }
}
