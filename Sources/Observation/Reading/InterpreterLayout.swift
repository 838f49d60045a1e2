/// Where a CPython version keeps what leads to its locks, as offsets in bytes.
struct InterpreterLayout: Sendable, Hashable {
    enum LockPlace: Sendable, Hashable {
        /// One lock for the process, in `_PyRuntime`.
        case inRuntime(UInt64)
        /// A pointer in each interpreter, which may have a lock of its own: PEP 684.
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
        /// The kernel's number of the thread; CPython before 3.11 does not keep it.
        var nativeID: UInt64?
    }

    var version: PythonVersion
    var build: ProcessObservation.Build
    var machine: Machine
    var runtime: Runtime
    var interpreter: Interpreter
    var thread: Thread
    var lock: LockPlace

    var gil: GILLayout { GILLayout(build, machine) }
}
