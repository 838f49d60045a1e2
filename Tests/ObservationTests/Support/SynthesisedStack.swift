import Linux

@testable import Observation

/// The memory of an interpreter whose first thread holds the lock and is in some functions.
struct SynthesisedStack {
    var python: SynthesisedInterpreter
    let layout: StackLayout
    /// The addresses of the frames, the innermost first.
    private(set) var frames: [UInt64] = []
    /// The addresses of the code objects, in the same order.
    private(set) var codes: [UInt64] = []

    static let thread = SynthesisedInterpreter.threads[0]
    static let chunk: UInt64 = 0x7f10_0000_0000
    static let cStack: UInt64 = 0x7ffd_0000_0000
    static let heap: UInt64 = 0x7f20_0000_0000
    static let codeType: UInt64 = heap
    static let otherType: UInt64 = heap + 64
    private static let heapBytes = 64 << 10
    private static let chunkBytes = 16 << 10

    /// Offsets of 3.13 to 3.15 in `_Py_DebugOffsets`: the thread's current frame and chunk, then the sections of frames,
    /// code, objects, types and texts, and the place of `compactunicodeobject_size`.
    private static let positions: [Int: [UInt64]] = [
        13: [184, 208, 224, 272, 352, 368, 536], 14: [208, 232, 248, 312, 400, 416, 616],
        15: [208, 256, 312, 376, 464, 480, 712, 744],
    ]

    /// - Parameter functions: the innermost first.
    init(_ version: PythonVersion, _ build: ProcessObservation.Build = .gil, functions: [String]) {
        python = SynthesisedInterpreter(version, build)
        if let tabulated = StackLayout(tabulated: version) {
            layout = tabulated
        } else {
            let header: UInt64 = build == .freeThreaded ? 16 : 0
            layout = StackLayout(
                top: .inThread(72),
                chunk: 232,
                frame: .init(code: 0, previous: 8, owner: version.minor == 13 ? 70 : 74),
                code: .init(name: 128 + header, file: 112 + header, firstLine: 68 + header),
                text: .init(length: 16 + header, state: 32 + header, ascii: 40 + header, compact: 56 + header),
                object: .init(type: 8 + header, typeName: 24 + header)
            )
            describe(version)
        }
        python.image.segments[Self.heap] = [UInt8](repeating: 0, count: Self.heapBytes)
        python.image.segments[Self.chunk] = [UInt8](repeating: 0, count: Self.chunkBytes)
        python.image.segments[Self.cStack] = [UInt8](repeating: 0, count: 256)
        var free = Self.heap + 128
        func take(_ count: UInt64) -> UInt64 {
            defer { free += (count + 15) / 16 * 16 }
            return free
        }
        for (type, name) in [(Self.codeType, "code"), (Self.otherType, "NoneType")] {
            let text = take(16)
            write([UInt8](name.utf8) + [0], at: text)
            python.image[word: type + layout.object.typeName] = text
        }
        func makeText(_ text: String) -> UInt64 {
            let isASCII = text.unicodeScalars.allSatisfy(\.isASCII)
            let width = isASCII ? 1 : 2
            let address = take(layout.text.compact + UInt64(width * text.unicodeScalars.count))
            python.image[word: address + layout.text.length] = UInt64(text.unicodeScalars.count)
            let shift = build == .freeThreaded && version.minor >= 14 ? 8 : 2
            let state = (width | 8 | (isASCII ? 16 : 0)) << shift
            python.image[halfWord: address + layout.text.state] = UInt32(state)
            let data = text.unicodeScalars.flatMap { scalar in
                (0..<width).map { UInt8(truncatingIfNeeded: scalar.value >> (8 * $0)) }
            }
            write(data, at: address + (isASCII ? layout.text.ascii : layout.text.compact))
            return address
        }
        let file = makeText("/srv/app.py")
        let isInChunk = layout.chunk != nil
        var place = Self.chunk + StackLayout.Chunk.data
        for (index, name) in functions.enumerated().reversed() {
            let code = take(256)
            python.image[word: code + layout.object.type] = Self.codeType
            python.image[word: code + layout.code.name] = makeText(name)
            python.image[word: code + layout.code.file] = file
            python.image[halfWord: code + layout.code.firstLine] = UInt32(index + 1)
            let frame = isInChunk ? place : take(128)
            place += 96
            // From 3.14 on, low bits say how a reference is counted.
            python.image[word: frame + layout.frame.code] = code | (version.minor >= 14 ? 1 : 0)
            python.image[word: frame + layout.frame.previous] = frames.first ?? 0
            frames.insert(frame, at: 0)
            codes.insert(code, at: 0)
        }
        if let offset = layout.chunk {
            python.image[word: Self.thread + offset] = Self.chunk
            python.image[word: Self.thread + offset + 8] = place
            python.image[word: Self.chunk + StackLayout.Chunk.size] = UInt64(Self.chunkBytes)
        }
        switch layout.top {
        case .inThread(let offset):
            python.image[word: Self.thread + offset] = frames.first ?? 0
        case .inCFrame(let offset, let frame):
            python.image[word: Self.thread + offset] = Self.cStack
            python.image[word: Self.cStack + frame] = frames.first ?? 0
        }
    }

    /// The lock, as a reader of locks sees it.
    func lock() throws -> StackReader.Lock {
        var reader = try GILReader(of: python.location, in: python.image)
        let state = try reader.states(in: python.image)[0]
        return StackReader.Lock(address: python.gil, layout: python.layout.gil, state: state)
    }

    private mutating func write(_ bytes: [UInt8], at address: UInt64) {
        let offset = Int(address - Self.heap)
        python.image.segments[Self.heap]?.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    private mutating func describe(_ version: PythonVersion) {
        guard let places = Self.positions[version.minor], case .inThread(let top) = layout.top else { return }
        let (frame, code, object, type, text) = (places[2], places[3], places[4], places[5], places[6])
        var table: [UInt64: UInt64] = [
            places[0]: top, places[1]: layout.chunk ?? 0,
            frame: 88, frame + 8: layout.frame.previous, frame + 16: layout.frame.code,
            frame + 40: layout.frame.owner ?? 0,
            code: 256, code + 8: layout.code.file, code + 24: layout.code.name, code + 40: layout.code.firstLine,
            object: 32, object + 8: layout.object.type, type: 432, type + 8: layout.object.typeName,
            text: 96, text + 8: layout.text.state, text + 16: layout.text.length, text + 24: layout.text.ascii,
        ]
        if places.count > 7 { table[places[7]] = layout.text.compact }
        for (offset, value) in table { python.image[word: SynthesisedInterpreter.runtime + offset] = value }
    }
}
