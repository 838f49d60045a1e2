extension InterpreterLayout {
    /// The layout of a version that does not describe itself: `offsetof` in the headers of its releases, which do not
    /// change it within a minor version. Nothing whose size depends on the architecture stands before these fields.
    ///
    /// Nil for other versions; from 3.13 on ``DebugOffsets`` tell.
    init?(tabulated version: PythonVersion, _ machine: Machine) {
        guard version.major == 3 else { return nil }
        let runtime: Runtime
        let interpreter: Interpreter
        let thread: Thread
        let lock: LockPlace
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
            machine: machine,
            runtime: runtime,
            interpreter: interpreter,
            thread: thread,
            lock: lock
        )
    }
}
