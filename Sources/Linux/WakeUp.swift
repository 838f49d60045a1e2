import CLinux
import Glibc

/// Wakes a thread that waits for it or for a file: eventfd(2), poll(2).
package final class WakeUp: Sendable {
    private let event: OwnedDescriptor

    package init() throws(SystemError) {
        let number = clinux_event()
        guard number >= 0 else { throw SystemError("create an event") }
        event = OwnedDescriptor(adopting: number)
    }

    /// Ends the current wait, or the next one.
    package func signal() {
        var one: UInt64 = 1
        _ = unsafe write(event.number, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits until ``signal()``, until `file` is readable, or until `deadline`: nanoseconds of ``KernelClock/monotonic()``.
    ///
    /// - Returns: false if nothing but the deadline has come.
    package func wait(orFor file: CInt?, until deadline: UInt64) -> Bool {
        var files = [pollfd(fd: event.number, events: Int16(POLLIN), revents: 0)]
        if let file { files.append(pollfd(fd: file, events: Int16(POLLIN), revents: 0)) }
        while true {
            let left = deadline - min(deadline, KernelClock.monotonic())
            let milliseconds = CInt(clamping: (left + 999_999) / 1_000_000)
            if unsafe poll(&files, nfds_t(files.count), milliseconds) >= 0 { break }
            guard errno == EINTR else {
                // A sandbox refuses it. Without this the caller would spin.
                KernelClock.sleep(until: min(deadline, KernelClock.monotonic() + 1_000_000_000))
                break
            }
        }
        var count: UInt64 = 0
        _ = unsafe event.read(into: &count, count: MemoryLayout<UInt64>.size)
        return count > 0 || files.dropFirst().contains { $0.revents != 0 }
    }
}
