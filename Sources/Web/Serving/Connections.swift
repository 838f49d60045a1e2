import Linux
import NIOCore

/// The connections that are open.
final class Connections: Sendable {
    /// What a connection is at, from what is given up first when there are too many.
    enum Stage: Int, Sendable {
        /// It has not had a request yet.
        case new
        /// It waits for a password to be checked, which costs nothing to ask for and much to answer.
        case guessing
        /// It waits for a further request.
        case idle
        case answering
    }

    private struct Entry {
        let channel: any Channel
        let source: ClientSource
        var stage: Stage
        /// Grows from change to change of any connection's stage.
        var since: UInt64
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var changes: UInt64 = 0
        var isQuiescing = false
        var surge: ConnectionSurge

        /// The one that has waited longest among those that are worth the least.
        var leastValuable: (any Channel)? {
            let lowest = entries.values.lazy.filter { $0.stage != .answering }
                .min { ($0.stage.rawValue, $0.since) < ($1.stage.rawValue, $1.since) }
            return lowest?.stage == .guessing ? someGuesser : lowest?.channel
        }

        /// Any of the source that has the most: the longest wait is nearest to its end, and the shortest is that of who
        /// has just come.
        private var someGuesser: (any Channel)? {
            let guessers = Dictionary(grouping: entries.values.lazy.filter { $0.stage == .guessing }, by: \.source)
            return guessers.values.max { $0.count < $1.count }?.randomElement()?.channel
        }

        /// Those without a request yet that have waited longest; where there is none, one that is worth more.
        func expendable(_ count: Int) -> [any Channel] {
            let silent = entries.values.filter { $0.stage == .new }.sorted { $0.since < $1.since }.prefix(count)
            return silent.isEmpty ? leastValuable.map { [$0] } ?? [] : silent.map(\.channel)
        }

        mutating func change() -> UInt64 {
            changes += 1
            return changes
        }
    }

    private let most: Int
    private let state: Protected<State>

    init(most: Int) {
        self.most = most
        state = Protected(State(surge: ConnectionSurge(most: most)))
    }

    /// To be called once the channel's pipeline is complete: where the server stops meanwhile, it is asked to end.
    ///
    /// Where there are too many, the new one takes the place of the one that has gone longest without a request: who
    /// opens connections and sends nothing loses them, not who scrapes. Where all are being answered, it has none.
    func add(_ channel: any Channel, from source: ClientSource) {
        let identifier = ObjectIdentifier(channel)
        let (isQuiescing, surplus): (Bool, (any Channel)?) = state.withLock { state in
            let surplus = state.entries.count < most ? nil : state.leastValuable ?? channel
            state.entries[identifier] = Entry(channel: channel, source: source, stage: .new, since: state.change())
            // It counts no more, so that the next one that comes before it is closed takes another's place.
            if let surplus { state.entries[ObjectIdentifier(surplus)] = nil }
            _ = state.surge.ends(at: state.entries.count)
            return (state.isQuiescing, surplus)
        }
        channel.closeFuture.whenComplete { [self] _ in
            let isOver = state.withLock { state in
                state.entries[identifier] = nil
                return state.surge.ends(at: state.entries.count)
            }
            // Not at once: the last ones' buffers are still being put away.
            if isOver { channel.eventLoop.scheduleTask(in: .seconds(2)) { FreeMemory.giveBack() } }
        }
        if let surplus {
            // Not at once: a channel that is being set up cannot be closed yet.
            surplus.eventLoop.execute { surplus.close(promise: nil) }
        }
        if isQuiescing { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    /// Ends some connections, where the process has no room for so many; none that is being answered.
    ///
    /// - Returns: how many.
    func giveUp(_ count: Int) -> Int {
        let channels = state.withLock { $0.expendable(count) }
        for channel in channels { channel.close(promise: nil) }
        return channels.count
    }

    /// Whoever sends a password on this connection.
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

    /// Asks every connection to end, those that are still to be added as well: idle ones at once, the others after the
    /// response that they are at, and those without a request yet after their first.
    func quiesce() {
        state.withLock { $0.isQuiescing = true }
        for channel in all { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    func close() {
        for channel in all { channel.close(promise: nil) }
    }

    /// Returns once all that are open now are closed.
    func closed() async {
        for channel in all {
            // A close future only ever succeeds.
            try? await channel.closeFuture.get()
        }
    }

    var count: Int { state.withLock { $0.entries.count } }

    func count(at stage: Stage) -> Int { state.withLock { $0.entries.values.count { $0.stage == stage } } }

    private var all: [any Channel] {
        state.withLock { $0.entries.values.map(\.channel) }
    }
}
