import Linux
import NIOCore

/// The connections that are open.
final class Connections: Sendable {
    private let channels = Protected<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let identifier = ObjectIdentifier(channel)
        channels.withLock { $0[identifier] = channel }
        channel.closeFuture.whenComplete { [self] _ in
            channels.withLock { _ = $0.removeValue(forKey: identifier) }
        }
    }

    /// Asks every connection to end: idle ones at once, the others after the response that they are at.
    func quiesce() {
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

    private var all: [any Channel] {
        channels.withLock { Array($0.values) }
    }
}
