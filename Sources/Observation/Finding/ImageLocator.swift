import Linux

/// Finds the file that a process has mapped, wherever its path leads: the process may be in a container or a changed
/// root, and an upgrade may have deleted or replaced the file.
struct ImageLocator {
    let proc: String

    struct Image: Equatable {
        let path: String
        let identity: FileIdentity
    }

    /// The program of the process. The link leads to the file itself, whatever its path is now: proc_pid_exe(5).
    func program(of pid: Int32) -> Image? {
        image(at: "\(proc)/\(pid)/exe")
    }

    /// Nil where no path leads to the file any more.
    func file(of mapping: FileMapping, in pid: Int32) -> Image? {
        let range = "\(String(mapping.start, radix: 16))-\(String(mapping.end, radix: 16))"
        // Leads to the file itself as well, but only for the privileged: proc_pid_map_files(5).
        if let image = image(at: "\(proc)/\(pid)/map_files/\(range)") { return image }
        // The path holds in the process's own mounts, where it can hardly be another file with this inode number. Its
        // device need not be the mapping's: on btrfs and overlayfs, stat(2) tells another than /proc/PID/maps does.
        if let image = image(at: "\(proc)/\(pid)/root\(mapping.path)"), image.identity.inode == mapping.inode {
            return image
        }
        if let image = image(at: mapping.path), image.identity.inode == mapping.inode,
            image.identity.device == mapping.device
        {
            return image
        }
        return nil
    }

    private func image(at path: String) -> Image? {
        FileIdentity(regularFileAt: path).map { Image(path: path, identity: $0) }
    }
}
