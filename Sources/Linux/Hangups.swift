import CLinux
import Glibc

/// SIGHUP, which requests a reload of the configuration.
///
/// By default it ends the program, signal(7). From the creation of this value on it never does. Signals that arrive
/// before the sequence is read are kept; like pending signals, several are one.
///
/// A thread of its own waits for them. Dispatch would use a signalfd, and ignores a failure to create one
/// (src/event/event_epoll.c, _dispatch_unote_register_muxed): then SIGHUP would do nothing, and nothing would report it.
package struct Hangups: Sendable {
    package let signals: AsyncStream<Void>

    /// Catches SIGHUP from now on. Create one value per process.
    package init() throws(SystemError) {
        let event = clinux_catch_hangups()
        guard event >= 0 else { throw SystemError("catch SIGHUP") }
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.signals = signals
        try POSIXThread(name: "gil-hangup") {
            var count: UInt64 = 0
            while true {
                let size = unsafe read(event, &count, MemoryLayout<UInt64>.size)
                if size > 0 { continuation.yield() } else if errno != EINTR { return }
            }
        }.detach()
    }
}
