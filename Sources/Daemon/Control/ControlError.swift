import Glibc
package import Linux

/// A daemon that could not be asked, or did not answer.
package struct ControlError: Error, Equatable, CustomStringConvertible {
    package let path: String
    /// Nil when the daemon hung up without an answer.
    package let reason: SystemError?

    package var description: String {
        guard let reason else { return "\(path): the exporter ended before it answered" }
        return switch reason.code {
        case ENOENT, ECONNREFUSED:
            "\(path): no exporter listens there; is it running, and with this --control.socket?"
        case EACCES:
            "\(path): permission denied; run this as the exporter's user, or as root"
        case EAGAIN:
            "\(path): the exporter does not answer"
        default:
            "\(path): \(reason)"
        }
    }
}
