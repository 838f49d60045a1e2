import Glibc
package import Linux

/// A drop-in of a unit that is a link to a file of a package, and so follows upgrades of the package: systemd.unit(5).
package struct DropInLink: Sendable {
    package enum State: Sendable, Equatable {
        case absent
        case linked
        /// A file with the same content, which an upgrade would leave as it is.
        case copied
        /// Something else, which somebody has put there.
        case other
    }

    /// Where the administrator's drop-ins are. The link is there and not in /run, so that it outlives a restart of the
    /// system.
    package let path: String
    package let target: String
    /// The directory of another system; empty for this one. The link's target is within that system.
    private let root: String

    /// - Parameters:
    ///   - unit: "name.service".
    ///   - target: the path of the file.
    ///   - root: the directory of another system; empty for this one.
    package init(unit: String, target: String, root: String = "") {
        path = "\(root)/etc/systemd/system/\(unit).d/\(target.split(separator: "/").last ?? "")"
        self.target = target
        self.root = root
    }

    private var directory: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

    /// No drop-in is larger.
    private static let maxBytes = 1 << 16

    package var state: State {
        if let found = try? SymbolicLink.target(of: path) { return found == target ? .linked : .other }
        guard FileIdentity(path: path) != nil else { return .absent }
        guard
            let copy = try? RegularFile.read(path, atMost: Self.maxBytes),
            let original = try? RegularFile.read(root + target, atMost: Self.maxBytes)
        else { return .other }
        return copy == original ? .copied : .other
    }

    /// Makes the link. It replaces a file at its place.
    package func make() throws(SystemError) {
        if unsafe mkdir(directory, 0o755) != 0, errno != EEXIST { throw SystemError("create \(directory)") }
        // In one step, so that the drop-in is never missing: rename(2).
        let temporary = "\(path).\(getpid())"
        guard unsafe symlink(target, temporary) == 0 else { throw SystemError("create \(path)") }
        guard unsafe rename(temporary, path) == 0 else {
            let error = SystemError("create \(path)")
            unsafe unlink(temporary)
            throw error
        }
    }

    /// Removes what is at its place, and the directory if that was all of it.
    package func remove() throws(SystemError) {
        guard unsafe unlink(path) == 0 else { throw SystemError("remove \(path)") }
        unsafe rmdir(directory)
    }
}

/// The units of a system: systemd.unit(5).
package enum Units {
    /// "Unit File Load Path", in the order of precedence.
    private static let places = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"]

    package static func has(_ unit: String, root: String = "") -> Bool {
        places.contains { FileIdentity(path: "\(root)\($0)/systemd/system/\(unit)") != nil }
    }

    /// Whether the system was booted with systemd: sd_booted(3).
    package static func manageSystem(root: String = "") -> Bool {
        FileIdentity(path: "\(root)/run/systemd/system")?.kind == .directory
    }
}
