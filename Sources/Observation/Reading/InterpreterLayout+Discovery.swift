import Linux

extension InterpreterLayout {
    /// The layout of the interpreter at `location`, from the process itself where it tells, else from the table.
    init(of location: InterpreterLocation, in memory: some MemorySource) throws(ReadingError) {
        let start = try memory.bytes([MemoryRange(location.runtime, count: DebugOffsets.byteCount)])
        do throws(UnobservableReason) {
            if DebugOffsets.begin(start) {
                self = try DebugOffsets(parsing: start, expected: location.version, location.machine).layout
            } else if let version = location.version,
                let known = InterpreterLayout(tabulated: version, location.machine)
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
