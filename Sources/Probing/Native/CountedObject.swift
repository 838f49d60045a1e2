import Glibc
import Synchronization

/// An object with a reference count, on cache lines of its own.
///
/// Every scheme that the probe `refcount` compares finds the fields that it needs here. All of them are accessed by atomic
/// operations, if only by relaxed ones, which are plain loads and stores to the CPU: a lost update is a fault of the
/// scheme that is measured, and not undefined behaviour of the language.
@safe final class CountedObject: Sendable {
    /// References that are left whenever no worker has one: the owner's.
    static let references = 1

    /// Two lines, because CPUs may fetch lines in pairs.
    private static let size = 128

    /// Neither moves nor is reached by anything else; the layout is that of ``Fields``.
    private nonisolated(unsafe) let fields: UnsafeMutablePointer<Fields>

    /// What CPython's object header has (Include/object.h of a free-threaded build), with a mutex of the C library in
    /// place of a byte.
    @safe private struct Fields: ~Copyable {
        /// The count, or the owner's part of it.
        let count = Atomic<Int>(CountedObject.references)
        /// The part of all threads but the owner.
        let others = Atomic<Int>(0)
        let owner: Atomic<Int>
        var mutex = unsafe pthread_mutex_t()

        init(owner: Int) { self.owner = Atomic(owner) }
    }

    /// - Parameter owner: the number of the worker that owns the object.
    init(owner: Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.size, alignment: Self.size)
        unsafe fields = memory.bindMemory(to: Fields.self, capacity: 1)
        unsafe fields.initialize(to: Fields(owner: owner))
        unsafe pthread_mutex_init(&fields.pointee.mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(&fields.pointee.mutex)
        unsafe fields.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(fields).deallocate()
    }

    /// The references as the object counts them.
    var count: Int {
        unsafe fields.pointee.count.load(ordering: .relaxed) + fields.pointee.others.load(ordering: .relaxed)
    }

    /// Adds to the count by a load and a store.
    ///
    /// - Returns: the new count.
    @inline(__always)
    func addPlainly(_ difference: Int) -> Int {
        let sum = unsafe fields.pointee.count.load(ordering: .relaxed) &+ difference
        unsafe fields.pointee.count.store(sum, ordering: .relaxed)
        return sum
    }

    /// Adds to the count by an atomic operation.
    @inline(__always)
    func addAtomically(_ difference: Int) -> Int {
        unsafe fields.pointee.count.wrappingAdd(difference, ordering: .acquiringAndReleasing).newValue
    }

    /// Adds to the count of the threads that do not own the object, by an atomic operation.
    @inline(__always)
    func addForOthers(_ difference: Int) -> Int {
        unsafe fields.pointee.others.wrappingAdd(difference, ordering: .acquiringAndReleasing).newValue
    }

    @inline(__always)
    func isOwned(by worker: Int) -> Bool { unsafe fields.pointee.owner.load(ordering: .relaxed) == worker }

    @inline(__always)
    func lock() { unsafe pthread_mutex_lock(&fields.pointee.mutex) }

    @inline(__always)
    func unlock() { unsafe pthread_mutex_unlock(&fields.pointee.mutex) }
}
