/// A function of an observed program.
package struct PythonFunction: Sendable, Hashable {
    /// Its qualified name where the interpreter keeps one: "Worker.run", "<listcomp>".
    package var name: String
    /// The file as the program gave it to the compiler: a path, or "<string>".
    package var file: String
    /// The first line of its definition; 0 for what is not a function.
    package var line: Int

    package init(name: String, file: String = "", line: Int = 0) {
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
}

/// What a stack is charged with.
package struct LockCost: Sendable, Equatable {
    /// Time for which the lock was held: nanoseconds.
    package var held: UInt64 = 0
    /// Time for which other threads waited meanwhile, summed over them: nanoseconds.
    package var wait: UInt64 = 0
    /// Waits that ended meanwhile.
    package var waits: UInt64 = 0
    /// The part of ``held`` that belongs to holds which lasted long while other threads waited: nanoseconds.
    package var longHeld: UInt64 = 0

    package init(held: UInt64 = 0, wait: UInt64 = 0, waits: UInt64 = 0, longHeld: UInt64 = 0) {
        self.held = held
        self.wait = wait
        self.waits = waits
        self.longHeld = longHeld
    }

    package static func += (sum: inout LockCost, other: LockCost) {
        sum.held &+= other.held
        sum.wait &+= other.wait
        sum.waits &+= other.waits
        sum.longHeld &+= other.longHeld
    }

    package static func - (later: LockCost, earlier: LockCost) -> LockCost {
        LockCost(
            held: later.held &- earlier.held,
            wait: later.wait &- earlier.wait,
            waits: later.waits &- earlier.waits,
            longHeld: later.longHeld &- earlier.longHeld
        )
    }

    func isWithin(_ other: LockCost) -> Bool {
        held <= other.held && wait <= other.wait && waits <= other.waits && longHeld <= other.longHeld
    }

    package var isZero: Bool { held == 0 && wait == 0 && waits == 0 && longHeld == 0 }
}

/// Costs by stack: a tree of calls, which only grows.
///
/// Its size is limited, and what does not fit is charged to ``PythonFunction/other``: the sum of all costs is always the sum
/// of what was charged.
package struct StackProfile: Sendable {
    /// A call of a function. The root stands for no function.
    package struct Node: Sendable {
        package let function: UInt32
        package let parent: UInt32
        fileprivate var firstChild: UInt32 = 0
        fileprivate var nextSibling: UInt32 = 0
        /// What was charged to the stack that ends here.
        package fileprivate(set) var cost = LockCost()
    }

    /// The most that a profile may have: as much as one program needs, and few enough for a hundred groups.
    package struct Limits: Sendable {
        package var nodes: Int
        package var functions: Int

        package init(nodes: Int, functions: Int) {
            self.nodes = nodes
            self.functions = functions
        }

        package static let process = Limits(nodes: 8192, functions: 4096)
        package static let group = Limits(nodes: 4096, functions: 1024)
    }

    private let limits: Limits
    package private(set) var functions: [PythonFunction] = []
    private var numbers: [PythonFunction: UInt32] = [:]
    /// Parents come before their children; the root is the first.
    package private(set) var nodes: [Node] = [Node(function: .max, parent: 0)]
    /// The stacks that did not fit.
    package private(set) var dropped: UInt64 = 0

    package init(_ limits: Limits = .process) { self.limits = limits }

    /// A profile of one stack.
    ///
    /// - Parameter stack: the outermost function first.
    package init(stack: [PythonFunction], _ cost: LockCost) {
        self.init()
        let numbers = stack.map { number(of: $0) }
        charge(numbers.reversed(), cost)
    }

    package var isEmpty: Bool { nodes.count == 1 }

    package var total: LockCost { nodes.reduce(into: LockCost()) { $0 += $1.cost } }

    /// The number of a function; that of ``PythonFunction/other`` if there are too many.
    mutating func number(of function: PythonFunction) -> UInt32 {
        if let known = numbers[function] { return known }
        guard functions.count < limits.functions || function == .other else { return number(of: .other) }
        let new = UInt32(functions.count)
        functions.append(function)
        numbers[function] = new
        return new
    }

    /// - Parameter stack: numbers of functions, the innermost first.
    mutating func charge(_ stack: some BidirectionalCollection<UInt32>, _ cost: LockCost) {
        var node: UInt32 = 0
        for function in stack.reversed() {
            guard let next = child(of: node, function) else {
                dropped += 1
                node = child(of: 0, number(of: .other), isReserved: true) ?? 0
                break
            }
            node = next
        }
        nodes[Int(node)].cost += cost
    }

    /// - Returns: nil if there are too many.
    private mutating func child(of parent: UInt32, _ function: UInt32, isReserved: Bool = false) -> UInt32? {
        var next = nodes[Int(parent)].firstChild
        while next != 0 {
            if nodes[Int(next)].function == function { return next }
            next = nodes[Int(next)].nextSibling
        }
        // The last place is for what does not fit.
        guard nodes.count < limits.nodes - 1 || isReserved && nodes.count < limits.nodes else { return nil }
        let new = UInt32(nodes.count)
        var node = Node(function: function, parent: parent)
        node.nextSibling = nodes[Int(parent)].firstChild
        nodes[Int(parent)].firstChild = new
        nodes.append(node)
        return new
    }

    /// Adds the costs of another profile.
    package mutating func merge(_ other: StackProfile) {
        merge(other, under: 0)
    }

    /// Adds the costs of another profile, whose stacks begin at `root` here.
    package mutating func merge(_ other: StackProfile, below root: PythonFunction) {
        let number = number(of: root)
        merge(other, under: child(of: 0, number) ?? 0)
    }

    private mutating func merge(_ other: StackProfile, under root: UInt32) {
        var places: [UInt32] = [root]
        places.reserveCapacity(other.nodes.count)
        var numbers = [UInt32?](repeating: nil, count: other.functions.count)
        for node in other.nodes.dropFirst() {
            let function = numbers[Int(node.function)] ?? number(of: other.functions[Int(node.function)])
            numbers[Int(node.function)] = function
            var place = child(of: places[Int(node.parent)], function)
            if place == nil {
                if !node.cost.isZero { dropped += 1 }
                place = child(of: 0, number(of: .other), isReserved: true)
            }
            places.append(place ?? 0)
        }
        for (node, place) in zip(other.nodes, places) { nodes[Int(place)].cost += node.cost }
        dropped += other.dropped
    }

    /// The costs since an earlier copy of this profile; all of them if it has begun again meanwhile.
    package func since(_ earlier: StackProfile) -> StackProfile {
        let isContinued =
            nodes.count >= earlier.nodes.count && functions.starts(with: earlier.functions)
            && zip(earlier.nodes, nodes).allSatisfy { before, now in
                (before.function, before.parent) == (now.function, now.parent) && before.cost.isWithin(now.cost)
            }
        guard isContinued else { return self }
        var difference = self
        for index in earlier.nodes.indices {
            difference.nodes[index].cost = nodes[index].cost - earlier.nodes[index].cost
        }
        difference.dropped = dropped - min(dropped, earlier.dropped)
        return difference
    }

    /// Removes all costs and stacks, and keeps the numbers of the functions.
    mutating func reset() {
        nodes.removeSubrange(1...)
        nodes[0] = Node(function: .max, parent: 0)
        dropped = 0
    }

    /// The function that a node calls; nil for the root.
    package func function(of node: Node) -> PythonFunction? {
        node.function == .max ? nil : functions[Int(node.function)]
    }

    /// The functions of the stack that ends at a node, the innermost first.
    package func stack(endingAt index: Int) -> [PythonFunction] {
        var stack: [PythonFunction] = []
        var index = index
        while index > 0 {
            stack.append(functions[Int(nodes[index].function)])
            index = Int(nodes[index].parent)
        }
        return stack
    }
}
