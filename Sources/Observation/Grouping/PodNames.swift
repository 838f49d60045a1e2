import Linux

/// Names the pods and containers of processes: from the host's own files, or, where these are missing, from the process's.
///
/// Containers that are known cost nothing. Any thread may ask.
final class PodNames: Sendable {
    /// Nil: unknown.
    struct Names: Sendable, Equatable {
        var namespace: String?
        var pod: String?
        var container: String?
        /// If the cgroup does not show it.
        var podUID: String?
        var runtime: ContainerIdentity.Runtime?
    }

    enum Answer: Sendable, Equatable {
        case names(Names)
        /// A pod that has just started. Its names are expected at the next scan.
        case later
    }

    private struct Entry {
        var names: Names
        /// Whether the names are all that can be known.
        var isComplete: Bool
        var failures: Int
        /// When they were looked up, and when to do it again: nanoseconds of ``KernelClock/monotonic()``.
        var notedAt: UInt64
        var next: UInt64
        var usedAt: UInt64
    }

    private struct State {
        /// Nil if the directory is missing.
        var logs: PodLogs?
        var readAt: UInt64?
        var isReading = false
        /// One reading in three seconds.
        var readings = TokenBucket(capacity: 2, rate: 1 / 3.0)
        var entries: [ContainerIdentity: Entry] = [:]
    }

    private enum Step {
        case answer(Answer)
        case use(PodLogs?)
        case read
    }

    private static let maxEntries = 4096
    /// A container that is not in the logs is looked for again after this time, which doubles up to 64 times.
    private static let pause: UInt64 = 5_000_000_000
    private static let maxDoublings = 6
    private static let sharing: UInt64 = 1_000_000_000

    private let directory: String
    private let state = Protected(State())

    /// - Parameter directory: the kubelet's logs of pods.
    init(_ directory: String) { self.directory = directory }

    /// The names of a container's pod. May block.
    ///
    /// - Parameters:
    ///   - files: of a process in the container.
    ///   - now: nanoseconds of ``KernelClock/monotonic()``.
    func names(of container: ContainerIdentity, _ files: ProcessFiles, now: UInt64) -> Answer {
        guard Self.mayHaveNames(container) else { return .names(Names()) }
        switch state.withLock({ Self.step(for: container, now: now, in: &$0) }) {
        case .answer(let answer): return answer
        case .use(let logs): return lookUp(container, in: logs, files, now: now)
        case .read:
            // No lock is held: a file system on a network may not answer.
            let logs = PodLogs(directory)
            state.withLock { state in
                state.logs = logs
                state.readAt = now
                state.isReading = false
            }
            return lookUp(container, in: logs, files, now: now)
        }
    }

    private func lookUp(_ container: ContainerIdentity, in logs: PodLogs?, _ files: ProcessFiles, now: UInt64) -> Answer
    {
        let names = logs?.names(of: container) ?? Self.ownNames(of: container, files)
        return note(names, of: container, isOfHost: logs != nil, now: now)
    }

    /// The names as they are known. Never blocks.
    func known(of container: ContainerIdentity) -> Names {
        state.withLock { $0.entries[container]?.names } ?? Names()
    }

    /// A process can make the host's files name another pod only through a cgroup that the host did not make.
    private static func mayHaveNames(_ container: ContainerIdentity) -> Bool {
        container.isOfHost && (container.podUID != nil || container.id?.utf8.count == 64)
    }

    private static func step(for container: ContainerIdentity, now: UInt64, in state: inout sending State) -> Step {
        if var entry = state.entries[container] {
            entry.usedAt = now
            state.entries[container] = entry
            if entry.isComplete || now < entry.next { return .answer(answer(entry, container)) }
        }
        // All containers that are looked for at the same time share a reading.
        let wantedSince = state.entries[container]?.notedAt ?? now - min(sharing, now)
        let isKnown = state.entries[container] == nil && state.logs?.covers(container) == true
        if let readAt = state.readAt, isKnown || readAt > wantedSince { return .use(state.logs) }
        state.readings.fill(at: now)
        guard !state.isReading, state.readings.level >= 1 else {
            if let entry = state.entries[container] { return .answer(answer(entry, container)) }
            return .answer(container.podUID == nil ? .names(Names()) : .later)
        }
        state.readings.take(1)
        state.isReading = true
        return .read
    }

    /// The directory of a container, or the link that names it, may be made a moment after its first process.
    private static func answer(_ entry: Entry, _ container: ContainerIdentity) -> Answer {
        !entry.isComplete && entry.failures == 1 && container.podUID != nil ? .later : .names(entry.names)
    }

    private func note(_ names: Names, of container: ContainerIdentity, isOfHost: Bool, now: UInt64) -> Answer {
        state.withLock { state in
            let isComplete =
                names.namespace != nil && names.pod != nil
                && (names.container != nil || container.id == nil || !isOfHost)
            let failures = isComplete ? 0 : (state.entries[container]?.failures ?? 0) + 1
            let entry = Entry(
                names: names,
                isComplete: isComplete,
                failures: failures,
                notedAt: now,
                next: failures == 1 ? now : now + Self.pause << UInt64(min(max(0, failures - 1), Self.maxDoublings)),
                usedAt: now
            )
            if state.entries[container] == nil, state.entries.count >= Self.maxEntries,
                let oldest = state.entries.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                state.entries[oldest.key] = nil
            }
            state.entries[container] = entry
            // Without the host's files, waiting does not help.
            return isOfHost ? Self.answer(entry, container) : .names(names)
        }
    }

    // MARK: the process's own files

    /// What the files of the pod itself say: its host name, unless it is the host's, and the namespace of its service
    /// account. Who is root in the container may change them, so they count only if the host's files are missing.
    private static func ownNames(of container: ContainerIdentity, _ files: ProcessFiles) -> Names {
        guard container.podUID != nil else { return Names() }
        var names = Names()
        // A kernel's host name has 64 characters at most, and kubelets cut that of a pod with a longer name.
        if let name = line("\(files.directory)/root/etc/hostname"), name.utf8.count < 63,
            KubernetesName.isSubdomain(name[...]),
            let host = line("\(files.proc)/1/root/etc/hostname"), host != name
        {
            names.pod = name
        }
        let account = "run/secrets/kubernetes.io/serviceaccount/namespace"
        // An absolute link "/var/run" would lead to this program's own root.
        let isLink = (try? SymbolicLink.target(of: "\(files.directory)/root/var/run")) != nil
        let namespace =
            line("\(files.directory)/root/\(account)")
            ?? (isLink ? nil : line("\(files.directory)/root/var/\(account)"))
        if let namespace, KubernetesName.isLabel(namespace[...]) { names.namespace = namespace }
        return names
    }

    private static func line(_ path: String) -> String? {
        guard let bytes = try? RegularFile.read(path, atMost: 1024) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
