import CSystemd
import Glibc
package import Linux

/// A socket that the service manager opened for this program: systemd.socket(5).
package struct InheritedSocket: Sendable, Equatable {
    package let descriptor: CInt
    /// `FileDescriptorName=` of the socket unit, by default the unit's name. "unknown" if the manager passed no names.
    package let name: String

    package init(descriptor: CInt, name: String) {
        self.descriptor = descriptor
        self.name = name
    }
}

/// Socket activation: sd_listen_fds(3).
package enum InheritedSockets {
    /// The sockets that the manager passed to this process, each marked close-on-exec. The caller closes them.
    ///
    /// It removes `LISTEN_PID`, `LISTEN_FDS` and `LISTEN_FDNAMES` from the environment, which no other thread may read
    /// meanwhile: call it at the beginning of main. A second call returns nothing.
    package static func take() throws(SystemError) -> [InheritedSocket] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = unsafe sd_listen_fds_with_names(1, &names)
        guard count >= 0 else {
            throw SystemError("take the sockets of LISTEN_FDS and LISTEN_FDNAMES", code: -count)
        }
        defer { unsafe free(names) }
        return (0..<count).map { index in
            let name = unsafe names?[Int(index)]
            defer { unsafe free(name) }
            return unsafe InheritedSocket(
                descriptor: SD_LISTEN_FDS_START + index,
                name: name.map { unsafe String(cString: $0) } ?? "unknown"
            )
        }
    }
}
