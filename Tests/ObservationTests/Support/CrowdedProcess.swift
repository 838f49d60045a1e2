import Linux

@testable import Observation

/// The memory of a process with any number of interpreters and threads: a CPython 3.13 with glibc 2.36. Every interpreter
/// has a lock of its own, and all have the same list of threads.
struct CrowdedProcess {
    static let stride: UInt64 = 8192
    static let interpreters: UInt64 = 0x6000_0000_0000
    static let threads: UInt64 = 0x6100_0000_0000
    private static let threadStride = 256

    var image: MemoryImage
    let location: InterpreterLocation
    let layout: InterpreterLayout

    /// - Parameters:
    ///   - holder: the index of the thread that holds each lock; nil for none.
    ///   - waiting: the number of threads that wait for each lock.
    init(interpreters: Int, threads: Int, holder: Int? = nil, waiting: Int = 0) {
        let python = SynthesisedInterpreter(PythonVersion(major: 3, minor: 13, micro: 5))
        (image, location, layout) = (python.image, python.location, python.layout)
        let gil = layout.gil
        let offset = python.gil - SynthesisedInterpreter.interpreter
        var bytes = [UInt8](repeating: 0, count: interpreters * Int(Self.stride))
        for index in 0..<interpreters {
            let own = Self.interpreter(index)
            let lock = index * Int(Self.stride) + Int(offset)
            func put(_ value: UInt64, at field: UInt64) {
                bytes.put(value, at: index * Int(Self.stride) + Int(field))
            }
            put(index + 1 < interpreters ? Self.interpreter(index + 1) : 0, at: layout.interpreter.next)
            put(UInt64(interpreters - 1 - index), at: layout.interpreter.id)
            put(threads > 0 ? Self.threads : 0, at: layout.interpreter.threadsHead)
            if case .pointerInInterpreter(let field) = layout.lock { put(own + offset, at: field) }
            bytes.put(5000, at: lock + gil.interval)
            bytes.put(holder.map(Self.thread) ?? Self.thread(0), at: lock + gil.lastHolder)
            bytes.put(holder == nil ? 0 : 1, at: lock + gil.locked)
            let waiters = ConditionLayout.withGroupReferences.rawValue / 8 * 8
            bytes.put(UInt64(waiting << 3 | 2) << 32, at: lock + gil.condition + waiters)
            bytes.put(2 << 32, at: lock + gil.switchCondition + waiters)
        }
        image.segments[Self.interpreters] = bytes
        bytes = [UInt8](repeating: 0, count: threads * Self.threadStride)
        for index in 0..<threads {
            let place = index * Self.threadStride
            bytes.put(index + 1 < threads ? Self.thread(index + 1) : 0, at: place + Int(layout.thread.next))
            bytes.put(UInt64(1000 + index), at: place + Int(layout.thread.nativeID ?? 0))
        }
        image.segments[Self.threads] = bytes
        image[word: SynthesisedInterpreter.runtime + layout.runtime.interpretersHead] = Self.interpreters
    }

    static func interpreter(_ index: Int) -> UInt64 { interpreters + UInt64(index) * stride }
    static func thread(_ index: Int) -> UInt64 { threads + UInt64(index * threadStride) }

    /// The same without its newest interpreter.
    var withoutNewest: MemoryImage {
        var image = image
        image[word: SynthesisedInterpreter.runtime + layout.runtime.interpretersHead] = Self.interpreter(1)
        return image
    }
}

extension [UInt8] {
    fileprivate mutating func put(_ value: UInt64, at offset: Int) {
        for index in 0..<8 { self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }
}
