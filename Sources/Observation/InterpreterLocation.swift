/// Where the interpreter of a process is, as far as files and /proc tell without reading the process's memory.
package struct InterpreterLocation: Sendable, Hashable {
    package var process: ProcessIdentity
    /// The address of `_PyRuntime` in the process: load bias + symbol value.
    package var runtime: UInt64
    /// What the file says; nil where only the process's memory can tell.
    package var version: PythonVersion?
    package var libc: CLibrary
    /// What its file is compiled for.
    package var machine: Machine

    package init(
        process: ProcessIdentity,
        runtime: UInt64,
        version: PythonVersion?,
        libc: CLibrary,
        machine: Machine = .current
    ) {
        self.process = process
        self.machine = machine
        self.runtime = runtime
        self.version = version
        self.libc = libc
    }
}

/// A process, told apart from a later one with its number.
package struct ProcessIdentity: Sendable, Hashable {
    package var pid: Int32
    /// In clock ticks after boot: field 22 of proc_pid_stat(5).
    package var startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
}

/// The C library of a process: its condition variables tell how many threads wait, if their layout is known.
package enum CLibrary: Sendable, Hashable {
    case glibc(major: Int, minor: Int)
    case musl
    case unknown
}

/// A released or unreleased CPython version.
package struct PythonVersion: Sendable, Hashable {
    package var major: Int
    package var minor: Int
    package var micro: Int

    package init(major: Int, minor: Int, micro: Int) {
        self.major = major
        self.minor = minor
        self.micro = micro
    }
}
