import CLinux
import Glibc
import Linux

/// Runs a body once for every worker, each in a forked process of its own.
enum WorkerProcesses {
    /// Returns when all have ended well. The calling process must have one thread only, fork(2).
    static func run(_ workers: Int, _ body: (Int) -> Void) throws {
        let parent = getpid()
        var children: [pid_t] = []
        for worker in 0..<workers {
            let child = clinux_fork()
            guard child >= 0 else {
                let error = SystemError("fork of worker \(worker + 1) of \(workers)")
                children.forEach { kill($0, SIGKILL) }
                throw error
            }
            if child == 0 {
                WorkerProcess.end(with: parent, by: SIGKILL)
                body(worker)
                _exit(EXIT_SUCCESS)
            }
            children.append(child)
        }
        for _ in children {
            var status: CInt = 0
            let ended = unsafe waitpid(-1, &status, 0)
            guard ended > 0 else { throw SystemError("waitpid") }
            guard status == 0 else {
                // The others may wait at the barrier for the one that died.
                children.filter { $0 != ended }.forEach { kill($0, SIGKILL) }
                throw NativeWorkerError.workerDied(waitStatus: status)
            }
        }
    }
}
