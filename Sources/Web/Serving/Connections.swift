import Linux
import NIOCore

/// The connections that are open.
final class Connections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isQuiescing = false
    }

    private let state = Protected(State())

    /// To be called once the channel's pipeline is complete: where the server stops meanwhile, it is asked to end.
    func add(_ channel: any Channel) {
        let identifier = ObjectIdentifier(channel)
        let isQuiescing = state.withLock { state in
            state.channels[identifier] = channel
            return state.isQuiescing
        }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { _ = $0.channels.removeValue(forKey: identifier) }
        }
        if isQuiescing { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
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

    var count: Int { state.withLock { $0.channels.count } }

    private var all: [any Channel] {
        state.withLock { Array($0.channels.values) }
    }
}
