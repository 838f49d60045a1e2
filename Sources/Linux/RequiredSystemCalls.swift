import CLinux
import Glibc

/// The system calls without which the libraries of this program do not report an error but trap, abort, or wait for
/// ever: those of threads, event loops, clocks and random numbers. A seccomp filter may refuse them, seccomp(2).
package enum RequiredSystemCalls {
    /// Makes each of them once. To be called before anything else: Dispatch needs them for the first asynchronous call.
    package static func check() throws(MissingSystemCall) {
        try unsafe check(clinux_missing_system_call)
    }

    /// The same for those of a server, which other commands can do without.
    package static func checkServer() throws(MissingSystemCall) {
        try unsafe check(clinux_missing_server_call)
    }

    private static func check(_ missing: () -> UnsafePointer<CChar>?) throws(MissingSystemCall) {
        guard let name = unsafe missing() else { return }
        let code = errno
        throw unsafe MissingSystemCall(name: String(cString: name), code: code)
    }
}

/// A system call that the program cannot do without fails.
package struct MissingSystemCall: Error, Equatable, CustomStringConvertible {
    let name: String
    package let code: CInt

    package var description: String {
        let failure = "the system call \(name) fails: \(SystemError.message(code))"
        return switch code {
        case EPERM, EACCES, ENOSYS:
            "\(failure); gil-exporter cannot run without it, so allow it in the seccomp filter of the container or sandbox"
        case EAGAIN, EMFILE, ENFILE, ENOMEM:
            "\(failure); gil-exporter needs more threads, descriptors or memory: see the limits of its user, service or container"
        default:
            failure
        }
    }
}
