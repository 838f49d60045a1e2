import Linux
import Testing

@testable import Observation

struct StackReaderTests {
    private static let functions = ["größe", "Report.total", "main"]

    @Test(arguments: SynthesisedInterpreter.versions)
    func `the stack is read on every version`(version: (PythonVersion, ProcessObservation.Build)) throws {
        let stack = SynthesisedStack(version.0, version.1, functions: Self.functions)
        let layout = try #require(
            try StackLayout(of: stack.python.layout, at: SynthesisedInterpreter.runtime, in: stack.python.image)
        )
        #expect(layout == stack.layout)
        var reader = StackReader(layout)
        let (codes, isCut) = try reader.read(holderOf: stack.lock(), in: stack.python.image)
        #expect(codes == stack.codes && !isCut)
        var profile = StackProfile()
        var objects = CodeObjects(layout)
        let names = try codes.map { code in
            let number = try #require(try objects.function(of: code, in: &profile, at: 1, stack.python.image))
            return profile.functions[Int(number)]
        }
        #expect(names.map(\.name) == Self.functions)
        #expect(names.map(\.line) == [1, 2, 3])
        #expect(names.allSatisfy { $0.file == "/srv/app.py" })
    }

    @Test func `frames of generators lie outside of the chunk, and frames that belong to C are left out`() throws {
        let version = PythonVersion(major: 3, minor: 12, micro: 1)
        var stack = SynthesisedStack(version, functions: Self.functions)
        let layout = stack.layout
        let generator = SynthesisedStack.heap + 0x8000
        let (code, caller) = (stack.codes[0], stack.frames[1])
        stack.python.image[word: generator + layout.frame.code] = code
        stack.python.image[word: generator + layout.frame.previous] = caller
        stack.python.image[word: SynthesisedStack.cStack] = generator
        // FRAME_OWNED_BY_CSTACK
        stack.python.image[word: caller + 64] = 3 << 48
        var reader = StackReader(layout)
        for _ in 0..<2 {
            let codes = try reader.read(holderOf: stack.lock(), in: stack.python.image).codes
            #expect(codes == [stack.codes[0], stack.codes[2]])
        }
    }

    @Test func `a frame whose code is something else has no function`() throws {
        var stack = SynthesisedStack(PythonVersion(major: 3, minor: 13, micro: 1), functions: Self.functions)
        let code = stack.codes[1]
        let type = code + stack.layout.object.type
        stack.python.image[word: type] = SynthesisedStack.otherType
        var profiler = LockProfiler()
        profiler.adopt(stack.layout)
        let names = profiler.stack(of: try stack.lock(), at: 1, stack.python.image)
        profiler.charge(names, LockCost(held: 1))
        let profile = profiler.take()
        #expect(profile.stack(endingAt: profile.nodes.count - 1).map(\.name) == ["größe", "main"])
    }

    @Test(arguments: SynthesisedInterpreter.versions)
    func `a thread that has let the lock go stands still, unless it has taken it again`(
        version: (PythonVersion, ProcessObservation.Build)
    ) throws {
        let stack = SynthesisedStack(version.0, version.1, functions: Self.functions)
        let lock = try stack.lock()
        let gil = stack.python.layout.gil
        let (switches, holder) = (lock.address + UInt64(gil.switchNumber), lock.address + UInt64(gil.lastHolder))
        var free = stack.python.image
        free[halfWord: lock.address + UInt64(gil.locked)] = 0
        var handedOver = stack.python.image
        handedOver[word: holder] = SynthesisedInterpreter.threads[1]
        handedOver[word: switches] += 1
        for changed in [free, handedOver] {
            var reader = StackReader(stack.layout)
            #expect(try reader.read(holderOf: lock, in: changed).codes == stack.codes)
        }
        var retaken = stack.python.image
        retaken[word: switches] += 2
        var reader = StackReader(stack.layout)
        #expect(throws: StackReader.Failure.retaken) { try reader.read(holderOf: lock, in: retaken) }
    }

    @Test func `what cannot be a stack is charged to unknown, and nothing is lost`() throws {
        var stack = SynthesisedStack(PythonVersion(major: 3, minor: 11, micro: 2), functions: Self.functions)
        let (link, top) = (stack.frames[2] + stack.layout.frame.previous, stack.frames[0])
        // The chain of frames runs in a circle.
        stack.python.image[word: link] = top
        var profiler = LockProfiler()
        profiler.adopt(stack.layout)
        profiler.charge(profiler.stack(of: try stack.lock(), at: 1, stack.python.image), LockCost(held: 1))
        stack.python.image[word: link] = 0x1234_5678
        profiler.charge(profiler.stack(of: try stack.lock(), at: 1, stack.python.image), LockCost(held: 5, wait: 7))
        let profile = profiler.take()
        #expect(profile.total == LockCost(held: 6, wait: 7))
        #expect(profile.stack(endingAt: profile.nodes.count - 1) == [.unknown])
    }

    @Test func `a chunk at the end of the address space is not read`() throws {
        var stack = SynthesisedStack(PythonVersion(major: 3, minor: 13, micro: 1), functions: Self.functions)
        let chunk = SynthesisedStack.thread + (stack.layout.chunk ?? 0)
        let lock = try stack.lock()
        stack.python.image[word: chunk] = .max - 4095
        stack.python.image[word: chunk + 8] = .max - 7
        var reader = StackReader(stack.layout)
        #expect(throws: StackReader.Failure.torn) { try reader.read(holderOf: lock, in: stack.python.image) }
    }

    @Test func `a thread whose stack has moved since it was read is read again`() throws {
        var stack = SynthesisedStack(PythonVersion(major: 3, minor: 13, micro: 1), functions: Self.functions)
        let lock = try stack.lock()
        let memory = ChangingMemory(stack.python.image)
        var reader = StackReader(stack.layout)
        #expect(try reader.read(holderOf: lock, in: memory).codes == stack.codes)
        var before = memory.reads
        #expect(try reader.read(holderOf: lock, in: memory).codes == stack.codes)
        #expect(memory.reads - before == 1)
        // It has a new chunk, and the old one is gone.
        let moved = SynthesisedStack.chunk + (1 << 20)
        stack.python.image.segments[moved] = stack.python.image.segments.removeValue(forKey: SynthesisedStack.chunk)
        let shift = moved - SynthesisedStack.chunk
        let field = SynthesisedStack.thread + (stack.layout.chunk ?? 0)
        for place in [SynthesisedStack.thread + 72, field, field + 8] { stack.python.image[word: place] += shift }
        for frame in stack.frames.dropLast() {
            stack.python.image[word: frame + shift + stack.layout.frame.previous] += shift
        }
        memory.become(.success(stack.python.image))
        before = memory.reads
        #expect(try reader.read(holderOf: lock, in: memory).codes == stack.codes)
        #expect(memory.reads - before == 4)
    }

    @Test func `a generator that was left while it was read does not end the stack`() throws {
        var stack = SynthesisedStack(PythonVersion(major: 3, minor: 12, micro: 1), functions: Self.functions)
        let lock = try stack.lock()
        let intact = stack.python.image
        var reader = StackReader(stack.layout)
        #expect(try reader.read(holderOf: lock, in: intact).codes == stack.codes)
        stack.python.image[word: stack.frames[0] + stack.layout.frame.previous] = 0
        let memory = RepairedMemory(stack.python.image, intact)
        #expect(try reader.read(holderOf: lock, in: memory).codes == stack.codes)
    }

    @Test func `frames without code that run in a circle end the reading`() throws {
        var stack = SynthesisedStack(PythonVersion(major: 3, minor: 12, micro: 1), functions: Self.functions)
        let lock = try stack.lock()
        // FRAME_OWNED_BY_CSTACK
        for frame in stack.frames { stack.python.image[word: frame + 64] = 3 << 48 }
        stack.python.image[word: stack.frames[2] + stack.layout.frame.previous] = stack.frames[0]
        var reader = StackReader(stack.layout)
        #expect(throws: StackReader.Failure.torn) { try reader.read(holderOf: lock, in: stack.python.image) }
    }

    @Test func `of many new functions, each sample names some`() throws {
        let names = (0..<150).map { "f\($0)" }
        let stack = SynthesisedStack(PythonVersion(major: 3, minor: 12, micro: 1), functions: names)
        let lock = try stack.lock()
        let memory = ChangingMemory(stack.python.image)
        var profiler = LockProfiler()
        profiler.adopt(stack.layout)
        for attempt in 1...3 {
            let before = memory.reads
            profiler.charge(profiler.stack(of: lock, at: 1, memory), LockCost(held: 1))
            #expect(memory.reads - before < 500, "attempt \(attempt)")
        }
        let profile = profiler.take()
        let stacks = profile.nodes.indices.filter { profile.nodes[$0].cost.held > 0 }
            .map { profile.stack(endingAt: $0).map(\.name) }
        #expect(stacks.contains(names))
        #expect(profile.total.held == 3 && stacks.count == 2)
    }

    @Test func `damaged memory neither stops nor stalls the reader, whatever is damaged`() throws {
        var generator = SplitMix64(seed: 20_261_127)
        let intact = SynthesisedInterpreter.versions.map { SynthesisedStack($0.0, $0.1, functions: Self.functions) }
        var (known, unknown) = (0, 0)
        for number in 0..<20_000 {
            var stack = intact[number % intact.count]
            let lock = try stack.lock()
            for _ in 0..<Int.random(in: 1...6, using: &generator) { Self.damage(&stack, &generator) }
            let memory = ChangingMemory(stack.python.image)
            var profiler = LockProfiler()
            let layout = try? StackLayout(of: stack.python.layout, at: SynthesisedInterpreter.runtime, in: memory)
            profiler.adopt(layout)
            let before = memory.reads
            profiler.charge(profiler.stack(of: lock, at: 1, memory), LockCost(held: 1))
            #expect(memory.reads - before < 3 * (2 + 96 + 12) + 9 * (StackReader.maxDepth + 1), "case \(number)")
            let profile = profiler.take()
            #expect(profile.total.held == 1)
            let functions = profile.stack(endingAt: profile.nodes.count - 1)
            #expect(functions.count <= StackReader.maxDepth + 1)
            for function in functions {
                #expect(function.name.unicodeScalars.count <= CodeObjects.maxNameLength + 1, "case \(number)")
                #expect(function.file.unicodeScalars.count <= CodeObjects.maxFileLength + 1, "case \(number)")
            }
            if functions == [.unknown] { unknown += 1 } else { known += 1 }
        }
        #expect(known > 1000 && unknown > 1000)
    }

    /// Writes a word that is likely to do harm where the reader looks.
    private static func damage(_ stack: inout SynthesisedStack, _ generator: inout SplitMix64) {
        let layout = stack.layout
        let frame = stack.frames.randomElement(using: &generator) ?? 0
        let code = stack.codes.randomElement(using: &generator) ?? 0
        let name = stack.python.image[word: code &+ layout.code.name]
        let places: [UInt64] = [
            frame &+ layout.frame.code, frame &+ layout.frame.previous, frame &+ 64, code &+ layout.object.type,
            code &+ layout.code.name, code &+ layout.code.file, code &+ layout.code.firstLine,
            name &+ layout.text.length,
            name &+ layout.text.state, name &+ layout.text.ascii, SynthesisedStack.cStack, SynthesisedStack.cStack + 8,
            SynthesisedStack.thread + 24, SynthesisedStack.thread + 56, SynthesisedStack.thread + 72,
            SynthesisedStack.thread + (layout.chunk ?? 0), SynthesisedStack.thread + (layout.chunk ?? 0) + 8,
            SynthesisedStack.chunk, SynthesisedStack.chunk + 8, SynthesisedStack.chunk + 16,
            SynthesisedInterpreter.runtime + .random(in: 152..<760, using: &generator),
        ]
        let values: [UInt64] = [
            0, 1, 3, 7, .max, 1 << 31, 1 << 63, frame, code, name, SynthesisedStack.chunk, SynthesisedStack.heap,
            SynthesisedStack.chunk + 16_000, 1 << 20, .max - 4095, .max - 7,
            .random(in: .min ... .max, using: &generator),
        ]
        guard let place = places.randomElement(using: &generator), let value = values.randomElement(using: &generator)
        else { return }
        stack.python.image[word: place & ~7] = value
    }
}

/// Memory that is intact from the second reading on.
private final class RepairedMemory: MemorySource {
    private let images: [MemoryImage]
    private let reads = Protected(0)

    init(_ first: MemoryImage, _ later: MemoryImage) { images = [first, later] }

    func read(_ ranges: [MemoryRange], into bytes: inout [UInt8]) throws(ProcessMemoryError) {
        let index = reads.withLock { reads in
            defer { reads += 1 }
            return min(reads, 1)
        }
        try images[index].read(ranges, into: &bytes)
    }
}
