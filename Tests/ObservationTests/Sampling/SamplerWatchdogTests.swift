import Testing

@testable import Observation

struct SamplerWatchdogTests {
    private let second: UInt64 = 1_000_000_000
    private let process = ProcessIdentity(pid: 7, startTime: 1)

    @Test func `a thread that is in the same read at four checks hangs`() {
        var watchdog = SamplerWatchdog()
        watchdog.beginRead(of: process, 0)
        let answers = (1...4).map { watchdog.check(at: UInt64($0) * second, owner: noOwner) }
        #expect(answers == [false, false, false, true])
        #expect(watchdog.hung == [process])
        #expect(watchdog.generation == 1 && watchdog.hasThread)
    }

    @Test func `checks in quick succession count once, and so does one after a long sleep`() {
        var watchdog = SamplerWatchdog()
        watchdog.beginRead(of: process, 0)
        for check in 0..<100 {
            #expect(watchdog.check(at: second + UInt64(check) * second / 200, owner: noOwner) == false)
        }
        #expect(watchdog.check(at: 1000 * second, owner: noOwner) == false)
        watchdog.finishRead(0)
        #expect(watchdog.check(at: 1001 * second, owner: noOwner) == false)
        #expect(watchdog.hung.isEmpty)
    }

    @Test func `a thread that begins other reads does not hang`() {
        var watchdog = SamplerWatchdog()
        for check in 1...100 {
            watchdog.beginRead(of: process, 0)
            #expect(watchdog.check(at: UInt64(check) * second, owner: noOwner) == false)
        }
    }

    @Test func `a thread that was left behind changes nothing`() {
        var watchdog = SamplerWatchdog()
        watchdog.beginRead(of: process, 0)
        for check in 1...4 { _ = watchdog.check(at: UInt64(check) * second, owner: noOwner) }
        watchdog.beginRead(of: ProcessIdentity(pid: 8, startTime: 1), 0)
        _ = watchdog.end(0, at: 5 * second)
        for check in 5...20 { #expect(watchdog.check(at: UInt64(check) * second, owner: noOwner) == false) }
    }

    /// Lets a process hang.
    private func hang(_ pid: Int32, of owner: UInt32?, in watchdog: inout SamplerWatchdog, now: inout UInt64) {
        watchdog.beginRead(of: ProcessIdentity(pid: pid, startTime: 1), watchdog.generation)
        for _ in 1...4 {
            _ = watchdog.check(at: now) { _ in owner }
            now += second
        }
    }

    @Test func `sampling stops while too many threads hang, and resumes when one returns`() {
        var watchdog = SamplerWatchdog()
        var now = second
        for pid: Int32 in 1...17 {
            #expect(watchdog.hasThread)
            hang(pid, of: nil, in: &watchdog, now: &now)
        }
        #expect(!watchdog.hasThread)
        #expect(watchdog.check(at: now, owner: noOwner) == false)
        _ = watchdog.end(3, at: now)
        #expect(watchdog.check(at: now, owner: noOwner) == true)
        #expect(watchdog.hasThread)
        #expect(watchdog.stuckThreads == 16)
    }

    @Test func `a process that has gone is forgotten`() {
        var watchdog = SamplerWatchdog()
        var now = second
        hang(7, of: nil, in: &watchdog, now: &now)
        watchdog.forget(process)
        #expect(watchdog.hung.isEmpty)
    }

    @Test func `a process whose memory has answered is read again a minute later, and then after twice as long`() {
        var watchdog = SamplerWatchdog()
        var now = second
        for minutes: UInt64 in [1, 2, 4] {
            let generation = watchdog.generation
            hang(7, of: nil, in: &watchdog, now: &now)
            now += 3600 * second
            #expect(watchdog.release(at: now) == false)
            #expect(watchdog.hung == [process])
            _ = watchdog.end(generation, at: now)
            now += (60 * minutes - 1) * second
            #expect(watchdog.release(at: now) == false)
            now += second
            #expect(watchdog.release(at: now) == true)
            #expect(watchdog.release(at: now) == false)
            #expect(watchdog.hung.isEmpty)
        }
        // Another process with the same number begins anew.
        watchdog.forget(process)
        let generation = watchdog.generation
        hang(7, of: nil, in: &watchdog, now: &now)
        _ = watchdog.end(generation, at: now)
        #expect(watchdog.release(at: now + 60 * second) == true)
    }

    @Test func `new processes of a user with two hung threads are avoided, but not those of others or root`() {
        var watchdog = SamplerWatchdog()
        var now = second
        let next = ProcessIdentity(pid: 9, startTime: 1)
        hang(1, of: 65534, in: &watchdog, now: &now)
        #expect(watchdog.avoids(next, of: 65534) == false)
        hang(2, of: 65534, in: &watchdog, now: &now)
        #expect(watchdog.avoids(next, of: 65534) == true)
        #expect(watchdog.avoided == [next])
        #expect(watchdog.avoids(ProcessIdentity(pid: 10, startTime: 1), of: 1000) == false)
        for pid: Int32 in 3...5 { hang(pid, of: 0, in: &watchdog, now: &now) }
        #expect(watchdog.avoids(ProcessIdentity(pid: 11, startTime: 1), of: 0) == false)
        #expect(watchdog.end(0, at: now) == true)
        #expect(watchdog.avoided.isEmpty)
        #expect(watchdog.avoids(next, of: 65534) == false)
    }
}

private func noOwner(_ process: ProcessIdentity) -> UInt32? { nil }
