import Linux
import NIOCore

/// The open connections.
final class Connections: Sendable {
    /// The activity of a connection. When there are too many, lower stages are given up first.
    enum Stage: Int, Sendable {
        /// No request so far.
        case new
        /// Waits for a password check, which is cheap to ask for and expensive to answer.
        case guessing
        /// Waits for another request.
        case idle
        case answering
    }

    private struct Entry {
        let channel: any Channel
        let source: ClientSource
        var stage: Stage
        /// The value of ``State/changes`` at the last change of the stage.
        var since: UInt64
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var changes: UInt64 = 0
        var isQuiescing = false
        var surge: ConnectionSurge

        /// The connection in the lowest stage that has been in it for longest.
        var leastValuable: (any Channel)? {
            let lowest = entries.values.lazy.filter { $0.stage != .answering }
                .min { ($0.stage.rawValue, $0.since) < ($1.stage.rawValue, $1.since) }
            return lowest?.stage == .guessing ? someGuesser : lowest?.channel
        }

        /// A random guesser of the source that has the most. The one that has waited longest is closest to its answer, and
        /// the last one is the client that has just connected.
        private var someGuesser: (any Channel)? {
            let guessers = Dictionary(grouping: entries.values.lazy.filter { $0.stage == .guessing }, by: \.source)
            return guessers.values.max { $0.count < $1.count }?.randomElement()?.channel
        }

        /// The connections without a request that have waited longest; if there is none, one of a higher stage.
        func expendable(_ count: Int) -> [any Channel] {
            let silent = entries.values.filter { $0.stage == .new }.sorted { $0.since < $1.since }.prefix(count)
            return silent.isEmpty ? leastValuable.map { [$0] } ?? [] : silent.map(\.channel)
        }

        mutating func change() -> UInt64 {
            changes += 1
            return changes
        }
    }

    private let maxCount: Int
    private let state: Protected<State>

    init(maxCount: Int) {
        self.maxCount = maxCount
        state = Protected(State(surge: ConnectionSurge(maxConnections: maxCount)))
    }

    /// Adds a connection whose pipeline is complete. If the server is stopping, the connection is asked to end.
    ///
    /// Beyond the maximum, the new connection replaces the least valuable one: clients that connect and send nothing lose
    /// their connections, and scrapers keep theirs. If all are being answered, the new one is closed.
    func add(_ channel: any Channel, from source: ClientSource) {
        let identifier = ObjectIdentifier(channel)
        let (isQuiescing, surplus): (Bool, (any Channel)?) = state.withLock { state in
            let surplus = state.entries.count < maxCount ? nil : state.leastValuable ?? channel
            state.entries[identifier] = Entry(channel: channel, source: source, stage: .new, since: state.change())
            // Removed before it is closed, so that the next new connection replaces another one.
            if let surplus { state.entries[ObjectIdentifier(surplus)] = nil }
            _ = state.surge.ends(at: state.entries.count)
            return (state.isQuiescing, surplus)
        }
        channel.closeFuture.whenComplete { [self] _ in
            let isOver = state.withLock { state in
                state.entries[identifier] = nil
                return state.surge.ends(at: state.entries.count)
            }
            // Later, because NIO is still freeing the last buffers.
            if isOver { channel.eventLoop.scheduleTask(in: .seconds(2)) { Allocator.releaseFreePages() } }
        }
        if let surplus {
            // Later, because a channel cannot be closed during its setup.
            surplus.eventLoop.execute { surplus.close(promise: nil) }
        }
        if isQuiescing { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    /// Closes up to `count` connections to free descriptors, but none that is being answered.
    ///
    /// - Returns: the number of closed connections.
    func giveUp(_ count: Int) -> Int {
        let channels = state.withLock { $0.expendable(count) }
        for channel in channels { channel.close(promise: nil) }
        return channels.count
    }

    /// The client of a connection, for a password check.
    func guesser(on channel: any Channel) -> Guesser {
        Guesser(
            source: state.withLock { $0.entries[ObjectIdentifier(channel)]?.source } ?? .unknown,
            hasLeft: { !channel.isActive },
            waits: { [self] in enter($0 ? .guessing : .answering, channel) }
        )
    }

    func enter(_ stage: Stage, _ channel: any Channel) {
        state.withLock { state in
            let since = state.change()
            state.entries[ObjectIdentifier(channel)]?.stage = stage
            state.entries[ObjectIdentifier(channel)]?.since = since
        }
    }

    /// Asks every connection to end, including those added later: idle ones at once, busy ones after their response, and
    /// new ones after their first request.
    func quiesce() {
        state.withLock { $0.isQuiescing = true }
        for channel in all { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    func close() {
        for channel in all { channel.close(promise: nil) }
    }

    /// Returns when all connections that are open now are closed.
    func closed() async {
        for channel in all {
            // A close future never fails.
            try? await channel.closeFuture.get()
        }
    }

    var count: Int { state.withLock { $0.entries.count } }

    func count(at stage: Stage) -> Int { state.withLock { $0.entries.values.count { $0.stage == stage } } }

    private var all: [any Channel] {
        state.withLock { $0.entries.values.map(\.channel) }
    }
}

/// Detects the end of a surge of connections.
///
/// The allocator keeps the memory that the surge has freed, because used blocks lie between: ``FreeMemory``.
struct ConnectionSurge: Sendable {
    private let many: Int
    private let few: Int
    private var peak = 0

    init(maxConnections: Int) {
        many = max(2, maxConnections / 8)
        few = maxConnections / 32
    }

    /// - Parameter count: the current number of connections.
    /// - Returns: whether a surge has just ended.
    mutating func ends(at count: Int) -> Bool {
        peak = max(peak, count)
        guard peak >= many, count <= few else { return false }
        peak = 0
        return true
    }
}
