/// What the file of a CPython interpreter says of it.
struct PythonImage: Sendable, Equatable {
    enum Version: Sendable, Equatable {
        case released(PythonVersion)
        case unreleased
        /// Only the memory of a process tells.
        case unknown
    }

    /// Where `_PyRuntime` is, before the load bias is added.
    let runtime: UInt64
    let version: Version
    let machine: Machine
    let segments: [ELFFile.Segment]
    let isFixed: Bool

    /// What tells that a file is a CPython, and which one.
    static let symbols = ["_PyRuntime", "Py_Version", "Py_GetVersion"]

    /// Nil for a file without `_PyRuntime`, PyPy's for one.
    init?(_ file: ELFFile) { self.init(file, symbols: file.symbols(Self.symbols)) }

    /// - Parameter symbols: the values of those above that the file defines.
    init?(_ file: ELFFile, symbols: [String: UInt64]) {
        // The section holds `_PyRuntime` and nothing else, from 3.10 on: pycore_runtime.h, pylifecycle.c.
        guard let runtime = symbols["_PyRuntime"] ?? file.section(named: ".PyRuntime")?.address, runtime > 0 else {
            return nil
        }
        self.runtime = runtime
        version = PythonVersionInFile.read(file, number: symbols["Py_Version"])
        machine = file.machine
        segments = file.segments
        isFixed = file.isFixed
    }

    /// What has to be added to the file's addresses to have those of a process; nil where the process has not mapped
    /// the file as the file says.
    func loadBias(_ mappings: [FileMapping], pageSize: UInt64) -> UInt64? {
        guard !isFixed else { return 0 }
        // One file offset may be mapped by two segments, as text and data share a page; code is in one of them.
        for mapping in mappings where mapping.isExecutable {
            for segment in segments where segment.isExecutable {
                guard segment.offset / pageSize * pageSize == mapping.offset else { continue }
                return mapping.start &- segment.address / pageSize * pageSize
            }
        }
        return nil
    }
}
