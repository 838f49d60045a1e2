/// Where a process has its interpreter, according to files and /proc. The process's memory is not read for it.
package struct InterpreterLocation: Sendable, Hashable {
    package var process: ProcessIdentity
    /// The address of `_PyRuntime` in the process: load bias + symbol value.
    package var runtime: UInt64
    /// The version that the file states; nil if only the process's memory states it.
    package var version: PythonVersion?
    package var libc: CLibrary
    package var architecture: Architecture

    package init(
        process: ProcessIdentity,
        runtime: UInt64,
        version: PythonVersion?,
        libc: CLibrary,
        architecture: Architecture = .current
    ) {
        self.process = process
        self.architecture = architecture
        self.runtime = runtime
        self.version = version
        self.libc = libc
    }
}

/// A process. The start time distinguishes it from a later process with the same number.
package struct ProcessIdentity: Sendable, Hashable {
    package var pid: Int32
    /// Clock ticks after boot: field 22 of proc_pid_stat(5).
    package var startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
}

/// The C library of a process. Its condition variables count the threads that wait, if their layout is known.
package enum CLibrary: Sendable, Hashable {
    case glibc(major: Int, minor: Int)
    case musl
    /// A glibc whose file cannot be read: an upgrade has removed it, perhaps.
    case unreadable
    case unknown
    /// The dynamic loader has not mapped it yet.
    case loading

    var isKnown: Bool {
        switch self {
        case .glibc, .musl, .unreadable: true
        case .unknown, .loading: false
        }
    }
}

/// A released or unreleased CPython version.
package struct PythonVersion: Sendable, Hashable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    package var micro: Int

    package init(major: Int, minor: Int, micro: Int) {
        self.major = major
        self.minor = minor
        self.micro = micro
    }

    /// "3.11.2"
    package var description: String { "\(major).\(minor).\(micro)" }
}

/// The architecture that a program is compiled for. The raw value is `e_machine` of its file: elf(5).
package enum Architecture: UInt16, Sendable, Hashable {
    /// EM_X86_64
    case amd64 = 62
    /// EM_AARCH64
    case arm64 = 183

    #if arch(arm64)
        package static let current = Architecture.arm64
    #else
        package static let current = Architecture.amd64
    #endif

    /// The size of a `pthread_mutex_t` in bytes: __SIZEOF_PTHREAD_MUTEX_T in bits/pthreadtypes-arch.h of glibc. musl
    /// has 40 on both, but does not count who waits behind it.
    var mutexSize: Int {
        switch self {
        case .amd64: 40
        case .arm64: 48
        }
    }
}
