import Linux

/// The offsets, in bytes, of the fields of a CPython version that lead to its locks.
struct InterpreterLayout: Sendable, Hashable {
    enum LockLocation: Sendable, Hashable {
        /// One lock for the process, in `_PyRuntime`.
        case inRuntime(UInt64)
        /// A pointer in each interpreter, because each may have a lock of its own: PEP 684.
        case pointerInInterpreter(UInt64)
    }

    struct Runtime: Sendable, Hashable {
        var finalizing: UInt64
        var interpretersHead: UInt64
    }

    struct Interpreter: Sendable, Hashable {
        var next: UInt64
        var id: UInt64
        var threadsHead: UInt64
    }

    struct Thread: Sendable, Hashable {
        var next: UInt64
        /// The kernel's number of the thread. CPython before 3.11 does not keep it.
        var nativeID: UInt64?
    }

    var version: PythonVersion
    var build: ProcessObservation.Build
    var architecture: Architecture
    var runtime: Runtime
    var interpreter: Interpreter
    var thread: Thread
    var lock: LockLocation

    var gil: GILLayout { GILLayout(build, architecture) }
}

extension InterpreterLayout {
    /// The layout of the interpreter at `location`: the process's own description if it has one, else the table's.
    init(of location: InterpreterLocation, in memory: some MemorySource) throws(ReadingError) {
        let start = try memory.bytes([MemoryRange(location.runtime, count: DebugOffsets.byteCount)])
        do throws(UnobservableReason) {
            if DebugOffsets.begin(start) {
                self = try DebugOffsets(parsing: start, expected: location.version, location.architecture).layout
            } else if let version = location.version,
                let known = InterpreterLayout(tabulated: version, location.architecture)
            {
                self = known
            } else {
                throw .version
            }
        } catch {
            throw .unobservable(error)
        }
    }
}

extension InterpreterLayout {
    /// The layout of a version that does not describe itself: `offsetof` in the headers of its releases, which do not
    /// change it within a minor version. No field before these has a size that depends on the architecture.
    ///
    /// - Returns: nil for other versions. From 3.13 on, ``DebugOffsets`` describe them.
    init?(tabulated version: PythonVersion, _ architecture: Architecture) {
        guard version.major == 3 else { return nil }
        let runtime: Runtime
        let interpreter: Interpreter
        let thread: Thread
        let lock: LockLocation
        switch version.minor {
        case 8:
            runtime = Runtime(finalizing: 16, interpretersHead: 32)
            interpreter = Interpreter(next: 0, id: 16, threadsHead: 8)
            thread = Thread(next: 8, nativeID: nil)
            lock = .inRuntime(1152)
        case 9, 10:
            runtime = Runtime(finalizing: 16, interpretersHead: 32)
            interpreter = Interpreter(next: 0, id: 24, threadsHead: 8)
            thread = Thread(next: 8, nativeID: nil)
            lock = .inRuntime(352)
        case 11:
            runtime = Runtime(finalizing: 24, interpretersHead: 40)
            interpreter = Interpreter(next: 0, id: 48, threadsHead: 16)
            thread = Thread(next: 8, nativeID: 160)
            lock = .inRuntime(360)
        case 12:
            runtime = Runtime(finalizing: 24, interpretersHead: 40)
            interpreter = Interpreter(next: 0, id: 8, threadsHead: 72)
            thread = Thread(next: 8, nativeID: 144)
            lock = .pointerInInterpreter(384)
        default:
            return nil
        }
        self.init(
            version: version,
            build: .gil,
            architecture: architecture,
            runtime: runtime,
            interpreter: interpreter,
            thread: thread,
            lock: lock
        )
    }
}
