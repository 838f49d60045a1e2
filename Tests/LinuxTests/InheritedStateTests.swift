import Glibc
import TestSupport
import Testing

@testable import Linux

/// Each in a process of its own where it is about the process.
struct InheritedStateTests {
    @Test func `only the owner may write to new files`() {
        #expect(InheritedState.mask(from: 0) == 0o022)
        #expect(InheritedState.mask(from: 0o777) == 0o077)
        #expect(InheritedState.mask(from: 0o077) == 0o077)
        #expect(InheritedState.mask(from: 0o022) == 0o022)
    }

    @Test func `closed standard descriptors are opened, and others left alone`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            // Other threads of this process open files, too, and would get the closed numbers.
            try Self.leaveSharedDescriptors()
            let error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10)
            var before = stat()
            unsafe fstat(STDOUT_FILENO, &before)
            close(STDIN_FILENO)
            close(STDERR_FILENO)
            try InheritedState.openStandardDescriptors()
            var after = stat()
            unsafe fstat(STDOUT_FILENO, &after)
            let opened = try [STDIN_FILENO, STDERR_FILENO].map {
                try SymbolicLink.target(of: "/proc/thread-self/fd/\($0)")
            }
            dup2(error, STDERR_FILENO)
            exit(opened == ["/dev/null", "/dev/null"] && before.st_ino == after.st_ino ? 7 : 1)
        }
    }

    /// Gives the calling thread a table of descriptors of its own: CLONE_FILES of unshare(2), which Swift does not import.
    private static func leaveSharedDescriptors() throws {
        guard let symbol = unsafe dlsym(nil, "unshare") else { throw SystemError("dlsym", code: ENOSYS) }
        let unshare = unsafe unsafeBitCast(symbol, to: (@convention(c) (CInt) -> CInt).self)
        guard unshare(0x400) == 0 else { throw SystemError("unshare") }
    }

    @Test(.disabled(if: Sanitizer.isActive, "a sanitizer has an allocator of its own"))
    func `large blocks go back to the system when they are freed, not only the first`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            InheritedState.limitHeaps()
            let areReturned = (0..<3).allSatisfy { _ in
                guard let block = unsafe malloc(4 << 20) else { return false }
                let page = unsafe (block + 4096).alignedDown(toMultipleOf: 4096)
                unsafe memset(block, 1, 8192)
                unsafe free(block)
                var isResident: UInt8 = 0
                return unsafe mincore(page, 4096, &isResident) != 0 && errno == ENOMEM
            }
            exit(areReturned ? 7 : 1)
        }
    }

    @Test func `signals that a parent ignored or blocked get their default`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            _ = signal(SIGCHLD, SIG_IGN)
            _ = signal(SIGTERM, SIG_IGN)
            _ = signal(SIGHUP, SIG_IGN)
            var everything = sigset_t()
            unsafe sigfillset(&everything)
            unsafe pthread_sigmask(SIG_SETMASK, &everything, nil)
            InheritedState.restoreSignals()
            var mask = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &mask)
            let blocked = (1..<32).filter { unsafe sigismember(&mask, $0) == 1 }
            // nohup(1) means it.
            kill(getpid(), SIGHUP)
            var child = pid_t()
            let arguments = unsafe [strdup("true"), nil]
            let code = unsafe posix_spawnp(&child, "true", nil, nil, arguments, nil)
            var status: CInt = 0
            // ECHILD as long as SIGCHLD is ignored.
            let reaped = unsafe waitpid(child, &status, 0)
            exit(blocked.isEmpty && code == 0 && reaped == child ? 7 : 1)
        }
    }
}
