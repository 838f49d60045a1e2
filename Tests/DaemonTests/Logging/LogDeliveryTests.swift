import Glibc
import Linux
import Testing

@testable import Daemon

@Suite(.timeLimit(.minutes(1)))
struct LogDeliveryTests {
    @Test func `entries are written in their order, and a flush waits for the last`() throws {
        let written = Protected<[[UInt8]]>([])
        let delivery = try LogDelivery { entry in
            if case .line(let bytes) = entry { written.withLock { $0.append(bytes) } }
            return true
        }
        let lines = (0..<100).map { Array("line \($0)\n".utf8) }
        for line in lines { #expect(delivery.add(.line(line))) }
        #expect(delivery.flush(within: .seconds(50)))
        #expect(written.withLock { $0 } == lines)
    }

    @Test func `entries that cannot be written are counted`() throws {
        let lost = Protected(0)
        let delivery = try LogDelivery { entry in
            guard case .line(let bytes) = entry else { return false }
            return bytes == Array("written".utf8)
        } lost: {
            lost.withLock { $0 += 1 }
        }
        for text in ["written", "lost", "lost"] { #expect(delivery.add(.line(Array(text.utf8)))) }
        #expect(delivery.flush(within: .seconds(50)))
        #expect(lost.withLock { $0 } == 2)
    }

    @Test func `a stuck write delays no caller, and entries that do not fit are refused`() throws {
        let gate = Gate()
        let delivery = try LogDelivery(capacity: 100) { _ in
            gate.pass()
            return true
        }
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 40)
        #expect(delivery.add(.line(line)))
        #expect(delivery.add(.line(line)))
        #expect(!delivery.add(.line(line)))
        #expect(!delivery.flush(within: .milliseconds(1)))
        gate.open()
        #expect(delivery.flush(within: .seconds(50)))
        #expect(delivery.add(.line(line)))
    }
}

struct LogOutputTests {
    @Test func `lines of many threads do not mix`() async throws {
        // The longest line that a pipe takes in one piece; many more of them than it holds at a time.
        let lines = (UInt8(ascii: "a")...UInt8(ascii: "h")).map { letter in
            [UInt8](repeating: letter, count: Int(PIPE_BUF) - 1) + [UInt8(ascii: "\n")]
        }
        let times = 20
        let content = try await received { output in
            await withTaskGroup { group in
                for line in lines { group.addTask { for _ in 0..<times { output.write(line) } } }
            }
        }
        let whole = content.split(separator: UInt8(ascii: "\n"))
        #expect(whole.count == lines.count * times)
        #expect(whole.allSatisfy { line in lines.contains { line.elementsEqual($0.dropLast()) } })
    }

    @Test func `a line longer than a pipe holds arrives whole`() async throws {
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let content = try await received { $0.write(line) }
        #expect(content == line)
    }

    /// What `body` writes, read by a thread of its own: writers block while the pipe is full, and so might hold every
    /// thread of the pool.
    private func received(_ body: (LogOutput) async -> Void) async throws -> [UInt8] {
        let channel = Channel.pipe()
        let content = Protected<[UInt8]>([])
        let reader = try POSIXThread {
            let all = channel.content()
            content.withLock { $0 = all }
        }
        await body(LogOutput(descriptor: channel.writer))
        close(channel.writer)
        reader.join()
        close(channel.reader)
        return content.withLock { $0 }
    }

    @Test func `a full disk is reported to the caller`() {
        let disk = unsafe open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(disk) }
        #expect(!LogOutput(descriptor: disk).write(Array("lost\n".utf8)))
    }

    @Test func `the program survives a closed reader`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            for channel in [Channel.pipe(), Channel.socketPair()] {
                close(channel.reader)
                LogOutput(descriptor: channel.writer).write(Array("lost\n".utf8))
            }
            LogOutput(descriptor: -1).write(Array("lost\n".utf8))
            // And the signal is neither left over nor blocked.
            var signals = sigset_t()
            unsafe sigpending(&signals)
            #expect(unsafe sigismember(&signals, SIGPIPE) == 0)
            unsafe pthread_sigmask(SIG_BLOCK, nil, &signals)
            #expect(unsafe sigismember(&signals, SIGPIPE) == 0)
        }
    }

    @Test func `an earlier pending signal is kept`() async {
        await #expect(processExitsWith: .success) {
            var signals = sigset_t()
            unsafe sigemptyset(&signals)
            unsafe sigaddset(&signals, SIGPIPE)
            unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
            raise(SIGPIPE)
            LogOutput(descriptor: -1).write(Array("lost\n".utf8))
            unsafe sigpending(&signals)
            #expect(unsafe sigismember(&signals, SIGPIPE) == 1)
        }
    }
}
