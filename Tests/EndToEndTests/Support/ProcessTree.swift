import Glibc
import Linux
import TestSupport

/// The process tree of the host: proc(5).
enum ProcessTree {
    /// A process whose end can be awaited although it is not a child: pidfd_open(2).
    struct Member: Sendable {
        let id: pid_t
        fileprivate let descriptor: CInt

        /// Releases the process.
        func forget() { close(descriptor) }

        /// Returns when the process has ended, which makes its descriptor readable.
        func ended() async throws {
            try await BlockingThread.run { [descriptor] in
                defer { close(descriptor) }
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                // A process that is still there after ten seconds will stay.
                guard unsafe poll(&entry, 1, 10_000) == 1 else { throw SystemError("await a process", code: ETIMEDOUT) }
            }
        }
    }

    /// The living descendants of a process.
    static func descendants(of ancestor: pid_t) -> [Member] {
        var children: [pid_t: [pid_t]] = [:]
        for (id, parent) in parents() { children[parent, default: []].append(id) }
        var found: [pid_t] = []
        var rest = [ancestor]
        while let next = rest.popLast() {
            let these = children[next] ?? []
            found += these
            rest += these
        }
        return found.compactMap { id in
            guard let descriptor = PIDDescriptor.open(id) else { return nil }
            return Member(id: id, descriptor: descriptor)
        }
    }

    private static func parents() -> [(pid_t, pid_t)] {
        guard let stream = unsafe opendir("/proc") else { return [] }
        defer { unsafe closedir(stream) }
        var pairs: [(pid_t, pid_t)] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let id = pid_t(name), let stat = try? ProcFile.read("/proc/\(name)/stat") else { continue }
            // "PID (COMMAND) STATE PPID …"; a command may contain any character.
            let fields = String(decoding: stat, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 1, let parent = pid_t(fields[1]) else { continue }
            pairs.append((id, parent))
        }
        return pairs
    }
}

/// pidfd_open(2), which Swift's Glibc module lacks.
private enum PIDDescriptor {
    private typealias Open = @convention(c) (pid_t, CUnsignedInt) -> CInt

    private static let function: Open? = unsafe dlsym(nil, "pidfd_open").map { unsafe unsafeBitCast($0, to: Open.self) }

    /// Nil if the process does not exist.
    static func open(_ id: pid_t) -> CInt? {
        guard let descriptor = function?(id, 0), descriptor >= 0 else { return nil }
        return descriptor
    }
}

extension RunningExporter {
    /// Returns the worker processes as soon as there are `count`. The exporter has no other child processes.
    func workers(counting count: Int) async throws -> [ProcessTree.Member] {
        try await log.entry(with: "Probing a runtime")
        // No event announces that a process has started another one.
        return try await eventually {
            let found = ProcessTree.descendants(of: process.id)
            if found.count >= count { return found }
            for member in found { member.forget() }
            return nil
        }
    }
}
