import Glibc
import Linux

/// A lack of threads, for a process of its own: `#expect(processExitsWith:)`.
///
/// The address space may grow by 1 MB, and a thread's stack has 2 MB at least: pthread_create(3) fails with EAGAIN.
package enum ThreadShortage {
    package static func begin() throws {
        let fields = String(decoding: try ProcFile.read("/proc/self/statm"), as: UTF8.self).split(separator: " ")
        let pages = fields.first.flatMap { rlim_t($0) }
        limit(to: (pages ?? 0) * rlim_t(sysconf(CInt(_SC_PAGESIZE))) + 1 << 20)
        // The C library keeps stacks of threads that have ended, and gives them to new ones: these keep them now.
        while let thread = try? POSIXThread(name: "idle", { while true { pause() } }) { thread.detach() }
    }

    package static func end() { limit(to: rlim_t.max) }

    private static func limit(to bytes: rlim_t) {
        var limit = rlimit(rlim_cur: bytes, rlim_max: rlim_t.max)
        let result = unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        precondition(result == 0, "setrlimit: \(SystemError.message(errno))")
    }
}
