import Glibc
import Linux
import Testing

@Suite("A thread's priority")
struct ThreadPriorityTests {
    @Test("is lowered for that thread alone")
    func lowered() throws {
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        let before = getpriority(process, 0)
        let seen = Protected<[CInt]>([])
        try POSIXThread {
            ThreadPriority.lower()
            ThreadPriority.lower()
            seen.withLock { $0.append(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)) }
        }.join()
        #expect(seen.withLock { $0 } == [max(5, before)])
    }
}
