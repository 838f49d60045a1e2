import Exposition
import Linux
import NIOCore

/// Gathers expositions one at a time. Equal scrapes that arrive before a gathering begins share it.
///
/// So a burst of scrapes costs as much as one, and every answer is still newer than its request.
final class ScrapeCoalescer: Sendable {
    /// The properties by which scrapes are equal.
    struct Key: Sendable, Hashable {
        var format: Format
        /// Nil: all families.
        var families: Set<String>?
        var coding: ContentCoding
    }

    private struct State: Sendable {
        /// The scrapes that wait for a gathering that another scrape is about to do.
        var waiting: [Key: [CheckedContinuation<CodedBody, Never>]] = [:]
        /// Reused for every gathering, because it has grown to the size of an exposition.
        var buffer: [UInt8] = []
    }

    /// The part of a scrape in a gathering.
    enum Role: Sendable {
        /// Gathers, for itself and for those that join.
        case leader
        /// Waits for the leader.
        case follower
        /// Exceeds the maximum number of gatherings.
        case refused
    }

    private let registry: Registry
    private let maxGatherings: Int
    private let state = Protected(State())

    /// - Parameter maxGatherings: the maximum number of different keys that wait at the same time; 0: no limit.
    init(_ registry: Registry, maxGatherings: Int = 0) {
        self.registry = registry
        self.maxGatherings = maxGatherings
    }

    /// - Returns: nil if too many other scrapes are waiting.
    func body(for key: Key) async -> CodedBody? {
        switch enter(key) {
        case .refused:
            return nil
        case .follower:
            return await withCheckedContinuation { continuation in
                let isTooLate = state.withLock { state in
                    state.waiting[key]?.append(continuation)
                    return state.waiting[key] == nil
                }
                // The leader has gathered since this scrape entered.
                if isTooLate { continuation.resume(returning: gather(key)) }
            }
        case .leader:
            // Lets requests enter that have arrived together with this one.
            await Task.yield()
            return complete(key)
        }
    }

    func enter(_ key: Key) -> Role {
        state.withLock { state in
            if state.waiting[key] != nil { return .follower }
            guard maxGatherings == 0 || state.waiting.count < maxGatherings else { return .refused }
            state.waiting[key] = []
            return .leader
        }
    }

    /// Gathers for the leader and resumes its followers.
    @discardableResult
    func complete(_ key: Key) -> CodedBody {
        let (body, followers) = state.withLock { state in
            let followers = state.waiting.removeValue(forKey: key) ?? []
            return (gather(key, into: &state.buffer), followers)
        }
        for follower in followers { follower.resume(returning: body) }
        return body
    }

    private func gather(_ key: Key) -> CodedBody {
        state.withLock { gather(key, into: &$0.buffer) }
    }

    private func gather(_ key: Key, into buffer: inout [UInt8]) -> CodedBody {
        buffer.removeAll(keepingCapacity: true)
        registry.write(key.format, families: key.families, into: &buffer)
        return CodedBody(ByteBuffer(bytes: buffer), coding: key.coding)
    }
}
