import Linux

/// Finds out what holds the locks of one process, and charges it with the waits that it causes.
struct LockProfiler: Sendable {
    /// Reads the stacks of one interpreter; nil if nothing describes them.
    private var source: (reader: StackReader, codes: CodeObjects)?
    private var profile = StackProfile()

    /// Reads the stacks of an interpreter with another layout from now on, as after execve(2).
    mutating func adopt(_ layout: StackLayout?) {
        source = layout.map { (StackReader($0), CodeObjects($0)) }
    }

    /// Reads the stack of the thread that holds a lock, if one does.
    ///
    /// - Returns: the functions, the innermost first, for ``charge(_:_:)``.
    mutating func stack(of lock: StackReader.Lock, at now: UInt64, _ memory: some MemorySource) -> [UInt32] {
        guard lock.state.isHeld else { return [profile.number(of: .nobody)] }
        guard source != nil, let functions = try? functions(lock, at: now, memory) else {
            return [profile.number(of: .unknown)]
        }
        return functions
    }

    private mutating func functions(
        _ lock: StackReader.Lock,
        at now: UInt64,
        _ memory: some MemorySource
    ) throws(StackReader.Failure) -> [UInt32] {
        guard let (stack, isCut) = try source?.reader.read(holderOf: lock, in: memory),
            let (functions, newNames) = try source?.codes.functions(
                of: stack,
                isCut: isCut,
                in: &profile,
                at: now,
                memory
            )
        else { return [] }
        // The holder may free a code object once it has returned from it.
        if newNames > 0 { try source?.reader.verify(lock, in: memory) }
        return functions
    }

    mutating func charge(_ stack: [UInt32], _ cost: LockCost) {
        if !cost.isZero { profile.charge(stack, cost) }
    }

    var isEmpty: Bool { profile.isEmpty }

    /// The costs since the last call.
    mutating func take() -> StackProfile {
        let taken = profile
        profile.reset()
        return taken
    }
}
