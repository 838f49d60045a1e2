import Glibc
import Synchronization

/// Objects with reference counts, each on cache lines of its own.
///
/// Every scheme that the probe `refcount` compares finds the fields that it needs here. All of them are accessed by atomic
/// operations, if only by relaxed ones, which are plain loads and stores to the CPU: a lost update is a fault of the
/// scheme that is measured, and not undefined behaviour of the language.
@safe final class CountedObjects: Sendable {
    /// More than a CPU has entries in its store buffer. With fewer, it would read its own last store to a count from there
    /// instead of the cache, as if no other CPU had changed the count, and races would hardly show.
    static let number = 128

    private static let pageSize = 4096

    /// References that are left of each object whenever no worker has one: the owner's.
    static let references = 1

    /// Neither moves nor is reached by anything else.
    private nonisolated(unsafe) let objects: UnsafeMutablePointer<Object>

    /// What CPython's object header has (Include/object.h of a free-threaded build), with a mutex of the C library in
    /// place of a byte.
    @safe struct Object: ~Copyable {
        /// The count, or the owner's part of it.
        fileprivate let count = Atomic<Int>(CountedObjects.references)
        /// The part of all threads but the owner.
        fileprivate let others = Atomic<Int>(0)
        fileprivate let owner: Atomic<Int>
        fileprivate var mutex = unsafe pthread_mutex_t()
        /// The objects are two lines apart, because CPUs may fetch lines in pairs.
        private let padding: InlineArray<8, UInt64> = InlineArray(repeating: 0)

        fileprivate init(owner: Int) { self.owner = Atomic(owner) }
    }

    /// - Parameter owner: the number of the worker that owns the objects.
    init(owner: Int) {
        let size = MemoryLayout<Object>.stride
        precondition(size == 128)
        // Pages of their own, and one more: a CPU that fetches lines ahead would take them from the objects behind these.
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: Self.number * size + Self.pageSize,
            alignment: Self.pageSize
        )
        unsafe objects = memory.bindMemory(to: Object.self, capacity: Self.number)
        for place in 0..<Self.number {
            unsafe (objects + place).initialize(to: Object(owner: owner))
            unsafe pthread_mutex_init(&objects[place].mutex, nil)
        }
    }

    deinit {
        for place in 0..<Self.number { unsafe pthread_mutex_destroy(&objects[place].mutex) }
        unsafe objects.deinitialize(count: Self.number)
        unsafe UnsafeMutableRawPointer(objects).deallocate()
    }

    /// The references as the objects count them, beyond those that there are.
    var excess: [Int] {
        (0..<Self.number).map { place in
            unsafe objects[place].count.load(ordering: .relaxed) + objects[place].others.load(ordering: .relaxed)
                - Self.references
        }
    }

    /// Adds to a count by a load and a store.
    ///
    /// - Returns: the new count.
    @inline(__always)
    func addPlainly(_ difference: Int, to place: Int) -> Int {
        let sum = unsafe objects[place].count.load(ordering: .relaxed) &+ difference
        unsafe objects[place].count.store(sum, ordering: .relaxed)
        return sum
    }

    /// Adds to a count by an atomic operation.
    @inline(__always)
    func addAtomically(_ difference: Int, to place: Int) -> Int {
        unsafe objects[place].count.wrappingAdd(difference, ordering: .acquiringAndReleasing).newValue
    }

    /// Adds to the count of the threads that do not own the object, by an atomic operation.
    @inline(__always)
    func addForOthers(_ difference: Int, to place: Int) -> Int {
        unsafe objects[place].others.wrappingAdd(difference, ordering: .acquiringAndReleasing).newValue
    }

    @inline(__always)
    func isOwned(_ place: Int, by worker: Int) -> Bool {
        unsafe objects[place].owner.load(ordering: .relaxed) == worker
    }

    @inline(__always)
    func lock(_ place: Int) { unsafe pthread_mutex_lock(&objects[place].mutex) }

    @inline(__always)
    func unlock(_ place: Int) { unsafe pthread_mutex_unlock(&objects[place].mutex) }
}
