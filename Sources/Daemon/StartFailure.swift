import ConfigurationFiles
import Glibc
import Linux
import Systemd
import Web

/// The reason of a failed start, as `systemctl status` shows it.
package struct StartFailure: Sendable {
    /// An error number, errno(3). Nil if none fits.
    let code: CInt?
    let status: String

    package init(_ error: any Error) {
        code =
            switch error {
            case let error as SystemError: error.code
            case let error as MissingResource: error.code
            case let error as MissingSystemCall: error.code
            case let error as ListenError: Self.code(error.reason)
            case is ConfigurationErrors: EINVAL
            default: nil
            }
        status = "Cannot start: \((error as? ConfigurationErrors)?.issues[0].description ?? "\(error)")"
    }

    /// Notifies the service manager, if there is one. If that fails, the exit status still reports the failure.
    package func notify() {
        let errno = code.map { [Notification.errno($0)] } ?? []
        try? Notifier().notify(errno + [.status(status)])
    }

    private static func code(_ reason: ListenError.Reason) -> CInt? {
        switch reason {
        case .addressInUse: EADDRINUSE
        case .unresolvable, .unknownGroup: nil
        case .notSocketFile: EEXIST
        case .notListening: ENOTSOCK
        case .system(let error): error.code
        }
    }
}
