/// A function of an observed program.
package struct PythonFunction: Sendable, Hashable {
    /// Its qualified name where the interpreter keeps one: "Worker.run", "<listcomp>".
    package var name: String
    /// The file as the program gave it to the compiler: a path, or "<string>".
    package var file: String
    /// The first line of its definition; 0 for what is not a function.
    package var line: Int32

    package init(name: String, file: String = "", line: Int32 = 0) {
        self.name = name
        self.file = file
        self.line = line
    }

    /// Stands for the stack of a holder that could not be read at one moment.
    package static let unknown = PythonFunction(name: "<unknown>")
    /// Stands for the moments in which threads wait and nobody holds the lock, because it changes hands.
    package static let nobody = PythonFunction(name: "<no holder>")
    /// Stands for a holder that runs no Python code: a thread that starts, ends, or belongs to a program that embeds Python.
    package static let native = PythonFunction(name: "<no Python code>")
    /// Stands for stacks beyond the limits of a profile.
    package static let other = PythonFunction(name: "<other>")
    /// Stands for the outer frames of a stack that is too deep.
    package static let outer = PythonFunction(name: "<outer frames>")

    /// Whether it stands for no function, as one of the five above. A line of 0 does not tell: a program may choose it.
    var isPlaceholder: Bool { Self.placeholders.contains(self) }
    private static let placeholders: Set<PythonFunction> = [.unknown, .nobody, .native, .other, .outer]
}

/// The functions of a profile, numbered from 0. They take few bytes, because a host has many profiles: names lie one after the
/// other, and each file is kept once.
package struct FunctionTable: Sendable, RandomAccessCollection {
    private struct Entry {
        /// Its name ends there, and begins where the one before ends.
        var nameEnd: UInt32
        var line: Int32
        var file: UInt16
    }

    private var entries: [Entry] = []
    /// UTF-8.
    private var names: [UInt8] = []
    private var files: [String] = []
    private var fileNumbers: [String: UInt16] = [:]
    /// A hash table of numbers: a power of two, at least half of which is free.
    private var slots: [UInt16] = []
    private static let free = UInt16.max

    package var startIndex: Int { 0 }
    package var endIndex: Int { entries.count }

    package subscript(number: Int) -> PythonFunction {
        let entry = entries[number]
        let start = number == 0 ? 0 : Int(entries[number - 1].nameEnd)
        return PythonFunction(
            name: String(decoding: names[start..<Int(entry.nameEnd)], as: UTF8.self),
            file: files[Int(entry.file)],
            line: entry.line
        )
    }

    /// The number of a function; nil if it is not in the table.
    func number(of function: PythonFunction) -> UInt16? {
        guard !slots.isEmpty else { return nil }
        let number = slots[slot(of: function)]
        return number == Self.free ? nil : number
    }

    /// Adds a function that is not in the table. There may be 65,535.
    mutating func append(_ function: PythonFunction) {
        if (entries.count + 1) * 2 > slots.count {
            slots = Array(repeating: Self.free, count: Swift.max(16, slots.count * 2))
            for (number, known) in enumerated() { slots[slot(of: known)] = UInt16(number) }
        }
        slots[slot(of: function)] = UInt16(entries.count)
        names.appendSparingly(contentsOf: function.name.utf8)
        let entry = Entry(
            nameEnd: UInt32(names.count),
            line: function.line,
            file: number(ofFile: function.file)
        )
        entries.appendSparingly(entry)
    }

    private mutating func number(ofFile file: String) -> UInt16 {
        if let known = fileNumbers[file] { return known }
        let number = UInt16(files.count)
        files.append(file)
        fileNumbers[file] = number
        return number
    }

    /// The slot of a function, or the free one in which it would be.
    private func slot(of function: PythonFunction) -> Int {
        var slot = function.hashValue & (slots.count - 1)
        while slots[slot] != Self.free, self[Int(slots[slot])] != function { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }
}

extension Array {
    /// Appends elements. A full array grows by an eighth, for append(contentsOf:) would double it: profiles are kept, and
    /// grow seldom.
    mutating func appendSparingly(contentsOf elements: some Collection<Element>) {
        let needed = count + elements.count
        if needed > capacity { reserveCapacity(needed + needed / 8 + 8) }
        append(contentsOf: elements)
    }

    mutating func appendSparingly(_ element: Element) { appendSparingly(contentsOf: CollectionOfOne(element)) }
}
