import CLinux
import Glibc

/// A thread of our own, outside Swift's cooperative pool, with every signal blocked.
///
/// What counts down or samples must neither take a thread away from the pool nor be interrupted by a signal that is
/// meant for the daemon.
package struct POSIXThread: ~Copyable {
    private let handle: pthread_t

    /// Starts `body` on a new thread. It must be joined or detached.
    ///
    /// - Parameter name: as ps(1) and top(1) show its first 15 bytes. Nil: its creator's.
    package init(name: String? = nil, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let argument = unsafe Unmanaged.passRetained(
            Body {
                if let name { unsafe _ = clinux_name_thread(name) }
                body()
            }
        )
        // A thread inherits its creator's mask: block everything around the creation, and nothing can arrive between.
        var everything = sigset_t()
        var previous = sigset_t()
        unsafe sigfillset(&everything)
        unsafe pthread_sigmask(SIG_SETMASK, &everything, &previous)
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            argument.toOpaque()
        )
        unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
        guard code == 0 else {
            unsafe argument.release()
            throw SystemError("pthread_create", code: code)
        }
        self.handle = handle
    }

    /// Waits until the thread has returned.
    package consuming func join() {
        pthread_join(handle, nil)
    }

    /// Lets it go on by itself: for one that may be held up by what is not ours.
    package consuming func detach() {
        pthread_detach(handle)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
