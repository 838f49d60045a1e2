import CLinux
package import Glibc

/// The file that bind(2) makes for a unix socket, and who may use it: unix(7).
///
/// Whoever may write to its directory can put a link in its place at any moment, and a mode or group that is set by path
/// would then be set on what the link leads to. So both are set on what cannot be replaced: a descriptor.
package enum SocketFile {
    /// Gives `descriptor`, a socket without a name, the name in `address`.
    ///
    /// - Parameters:
    ///   - mode: permission bits of the file; nil: those that the umask leaves.
    ///   - operation: what the error says.
    package static func bind(
        _ descriptor: CInt,
        to address: UnsafePointer<sockaddr>?,
        _ size: socklen_t,
        mode: UInt32?,
        operation: String = "bind"
    ) throws(SystemError) {
        guard let mode else {
            guard unsafe Glibc.bind(descriptor, address, size) == 0 else { throw SystemError(operation) }
            return
        }
        // The socket's mode, less the umask, becomes the file's: net/unix/af_unix.c, unix_bind_bsd.
        guard fchmod(descriptor, mode) == 0 else { throw SystemError("set the mode of the socket") }
        // Of the whole process, for as long as one system call takes; nothing else makes files that outlive it.
        let before = umask(0)
        defer { umask(before) }
        guard unsafe Glibc.bind(descriptor, address, size) == 0 else { throw SystemError(operation) }
    }

    /// Gives the socket file at `path` to a group, unless another file has taken its place.
    package static func give(_ path: String, toGroup group: UInt32) throws(SystemError) {
        // A descriptor of the file itself, also where that is a link: open(2).
        let file = unsafe clinux_open_path(path)
        guard file >= 0 else { throw SystemError("find \(path)") }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw SystemError("look at \(path)") }
        guard status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid() else {
            throw SystemError("give \(path) to a group, as another file has taken its place", code: EEXIST)
        }
        guard clinux_chown_file(file, group) == 0 else { throw SystemError("give \(path) to group \(group)") }
    }
}

/// A name in a directory that is held open: what is looked at and what is removed are in the same directory, whatever
/// becomes of the path to it meanwhile.
package struct DirectoryEntry: ~Copyable {
    private let directory: CInt
    private let name: String

    /// Where there is no such directory, there is no such entry either.
    package init(path: String) {
        guard let slash = path.lastIndex(of: "/") else {
            name = path
            directory = unsafe clinux_open_path(".")
            return
        }
        name = String(path[path.index(after: slash)...])
        directory = unsafe clinux_open_path(slash == path.startIndex ? "/" : String(path[..<slash]) + "/")
    }

    deinit { if directory >= 0 { close(directory) } }

    /// Of the entry itself, also where it is a link; nil, with errno, when there is none.
    package var status: stat? {
        var status = stat()
        return unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// - Returns: whether the entry is gone, else errno has the reason.
    @discardableResult
    package func remove() -> Bool { unsafe unlinkat(directory, name, 0) == 0 }
}
