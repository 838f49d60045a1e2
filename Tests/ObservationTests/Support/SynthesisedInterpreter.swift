import Linux

@testable import Observation

/// The memory of an interpreter, made from its headers: one interpreter and two threads, the first of which holds the lock
/// while three others wait for it.
struct SynthesisedInterpreter {
    static let runtime: UInt64 = 0x5555_0000_0000
    static let interpreter: UInt64 = 0x5556_0000_0000
    static let threads: [UInt64] = [0x7f00_0000_1000, 0x7f00_0000_2000]

    var image = MemoryImage()
    let layout: InterpreterLayout
    let gil: UInt64
    let location: InterpreterLocation
    let conditions: ConditionLayout

    static let versions: [(PythonVersion, ProcessObservation.Build)] =
        (8...15).map { (PythonVersion(major: 3, minor: $0, micro: 5), .gil) }
        + [13, 14, 15].map { (PythonVersion(major: 3, minor: $0, micro: 5), .freeThreaded) }

    init(
        _ version: PythonVersion,
        _ build: ProcessObservation.Build = .gil,
        conditions: ConditionLayout = .withGroupReferences
    ) {
        self.conditions = conditions
        location = InterpreterLocation(
            process: ProcessIdentity(pid: 1, startTime: 1),
            runtime: Self.runtime,
            version: version,
            libc: .glibc(major: 2, minor: conditions == .withGroupReferences ? 36 : 41),
            architecture: .amd64
        )
        image.segments[Self.runtime] = [UInt8](repeating: 0, count: 4096)
        image.segments[Self.interpreter] = [UInt8](repeating: 0, count: 8192)
        for thread in Self.threads { image.segments[thread] = [UInt8](repeating: 0, count: 512) }
        layout =
            InterpreterLayout(tabulated: version, .amd64)
            ?? InterpreterLayout(
                version: version,
                build: build,
                architecture: .amd64,
                runtime: .init(finalizing: 1608, interpretersHead: 1632),
                interpreter: .init(next: 7264, id: 7272, threadsHead: 7344),
                thread: .init(next: 8, nativeID: 160),
                lock: .pointerInInterpreter(16)
            )
        let embedded: UInt64 = 7752
        switch layout.lock {
        case .inRuntime(let offset): gil = Self.runtime + offset
        case .pointerInInterpreter(let offset):
            gil = Self.interpreter + embedded
            image[word: Self.interpreter + offset] = gil
        }
        if version.minor >= 13 { describe(version, build, embedded) }
        image[word: Self.runtime + layout.runtime.interpretersHead] = Self.interpreter
        image[word: Self.interpreter + layout.interpreter.threadsHead] = Self.threads[0]
        image[word: Self.threads[0] + layout.thread.next] = Self.threads[1]
        for (index, thread) in Self.threads.enumerated() {
            if let native = layout.thread.nativeID { image[word: thread + native] = UInt64(100 + index) }
        }
        fillLock()
    }

    private mutating func describe(_ version: PythonVersion, _ build: ProcessObservation.Build, _ embedded: UInt64) {
        let hex = UInt64(version.major) << 24 | UInt64(version.minor) << 16 | UInt64(version.micro) << 8 | 0xF0
        image[word: Self.runtime] = 0x7970_6775_6265_6478
        let ceval: UInt64 = version.minor == 13 ? 112 : 120
        let thread: UInt64 = version.minor == 13 ? 152 : 176
        let nativeID: UInt64 = version.minor == 15 ? 248 : thread + 48
        let table: [UInt64: UInt64] = [
            8: hex, 16: build == .gil ? 0 : 1, 24: 283_320, 32: 1608, 40: 1632, 48: 194_968, 56: 7272, 64: 7264,
            72: 7344,
            ceval: 16, ceval + 8: embedded, ceval + 24: embedded + UInt64(layout.gil.locked),
            ceval + 32: embedded + UInt64(layout.gil.lastHolder), thread: 304, thread + 16: 8, nativeID: 160,
        ]
        for (offset, value) in table { image[word: Self.runtime + offset] = value }
    }

    private mutating func fillLock() {
        func at(_ offset: Int) -> UInt64 { gil + UInt64(offset) }
        if let enabled = layout.gil.enabled { image[halfWord: at(enabled)] = UInt32(Int32.max) }
        image[word: at(layout.gil.interval)] = 5000
        image[word: at(layout.gil.lastHolder)] = Self.threads[0]
        image[halfWord: at(layout.gil.locked)] = 1
        image[word: at(layout.gil.switchNumber)] = 42
        image[word: at(layout.gil.condition)] = 1000 << 1 | 1
        image[halfWord: at(layout.gil.condition + conditions.rawValue)] = 3 << 3 | 2
        image[word: at(layout.gil.switchCondition)] = 40 << 1
        image[halfWord: at(layout.gil.switchCondition + conditions.rawValue)] = 2
    }
}
