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
        /// A pod that has just started, or whose files could not be opened for a lack of descriptors. Its names are expected at
        /// the next scan.
        case later
    }

    private struct Entry {
        var names: Names
        /// Whether the names are all that can be known.
        var isComplete: Bool
        /// Whether the missing names are about to appear: the directory of a container, or the link that names it, may be
        /// made a moment after its first process.
        var isExpected: Bool
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
        /// Since when a thread reads the directories.
        var readingSince: UInt64?
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
    /// Containers that are looked for at the same time share a reading.
    private static let sharing: UInt64 = 1_000_000_000
    /// A file system that does not answer for so long has no names.
    private static let patience: UInt64 = 10_000_000_000

    private let read: @Sendable () -> PodLogs?
    private let state = Protected(State())

    /// - Parameter directory: the kubelet's logs of pods.
    convenience init(_ directory: String) { self.init { PodLogs(directory) } }

    /// - Parameter read: may block.
    init(_ read: @escaping @Sendable () -> PodLogs?) { self.read = read }

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
            let logs = Shortage.absent(during: read)
            state.withLock { state in
                if let logs { (state.logs, state.readAt) = (logs, now) } else { state.readings.take(-1) }
                state.readingSince = nil
            }
            return logs.map { lookUp(container, in: $0, files, now: now) } ?? .later
        }
    }

    private func lookUp(_ container: ContainerIdentity, in logs: PodLogs?, _ files: ProcessFiles, now: UInt64) -> Answer
    {
        let names = Shortage.absent { logs?.names(of: container) ?? Self.ownNames(of: container, files) }
        return names.map { note($0, of: container, isOfHost: logs != nil, now: now) } ?? .later
    }

    /// The names as they are known. Never blocks.
    func known(of container: ContainerIdentity) -> Names {
        guard Self.mayHaveNames(container) else { return Names() }
        return state.withLock { $0.entries[container]?.names ?? $0.logs?.listedNames(of: container) } ?? Names()
    }

    /// A process can make the host's files name another pod only through a cgroup that the host did not make.
    private static func mayHaveNames(_ container: ContainerIdentity) -> Bool {
        container.isOfHost && (container.podUID != nil || container.id?.utf8.count == 64)
    }

    private static func step(for container: ContainerIdentity, now: UInt64, in state: inout sending State) -> Step {
        state.entries[container]?.usedAt = now
        let entry = state.entries[container]
        if let entry, entry.isComplete || now < entry.next { return .answer(answer(entry)) }
        let wantedSince = entry?.notedAt ?? now - min(sharing, now)
        let isListed = entry == nil && state.logs?.covers(container) == true
        if let readAt = state.readAt, isListed || readAt > wantedSince { return .use(state.logs) }
        state.readings.fill(at: now)
        if state.readingSince == nil, state.readings.level >= 1 {
            state.readings.take(1)
            state.readingSince = now
            return .read
        }
        if let entry { return .answer(answer(entry)) }
        let isStuck = state.readingSince.map { now > $0 + patience } ?? false
        return .answer(container.podUID == nil || isStuck ? .names(Names()) : .later)
    }

    private static func answer(_ entry: Entry) -> Answer { entry.isExpected ? .later : .names(entry.names) }

    private func note(_ names: Names, of container: ContainerIdentity, isOfHost: Bool, now: UInt64) -> Answer {
        state.withLock { state in
            let isComplete =
                names.namespace != nil && names.pod != nil
                && (names.container != nil || container.id == nil || !isOfHost)
            let failures = isComplete ? 0 : (state.entries[container]?.failures ?? 0) + 1
            let isExpected = failures == 1 && isOfHost && container.podUID != nil
            let pause = isExpected ? Self.sharing : Self.pause << UInt64(min(failures, Self.maxDoublings))
            if state.entries[container] == nil, state.entries.count >= Self.maxEntries,
                let oldest = state.entries.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                state.entries[oldest.key] = nil
            }
            let entry = Entry(
                names: names,
                isComplete: isComplete,
                isExpected: isExpected,
                failures: failures,
                notedAt: now,
                next: now + pause,
                usedAt: now
            )
            state.entries[container] = entry
            return Self.answer(entry)
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
