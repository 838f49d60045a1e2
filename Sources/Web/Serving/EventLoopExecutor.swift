import NIOCore

/// Runs tasks on an event loop, so that a request is read, answered and written by one thread.
///
/// Without it every request hops to Swift's cooperative pool and back, which costs more than a scrape does.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
