import Synchronization

/// Counts down. Every native probe runs this very loop; without a lock the request just never comes.
///
/// `@inline(never)`: one copy of the machine code for all probes, so that they differ in nothing but the lock. The
/// relaxed load is what CPython does on each backward jump, and what keeps the optimiser from deleting the loop.
@inline(never)
func countDown(_ iterations: UInt64, under lock: GlobalInterpreterLock, as contender: LockContender) {
    var n = iterations
    while n > 0 {
        if lock.dropRequest.load(ordering: .relaxed) {
            lock.yield(contender)
        }
        n -= 1
    }
}
