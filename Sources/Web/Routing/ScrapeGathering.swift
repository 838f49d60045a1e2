import Exposition
import Linux
import NIOCore

/// Gathers expositions, one at a time for those who want the same: whoever asks before a gathering begins shares it.
///
/// So a burst of scrapes costs as much as one of them, and each still has what was the case after it had asked.
final class ScrapeGathering: Sendable {
    /// What a scrape asks for.
    struct Wish: Sendable, Hashable {
        var format: Format
        /// Nil: all.
        var families: Set<String>?
        var coding: ContentCoding
    }

    private struct State: Sendable {
        /// Those who wait for what somebody else is about to gather.
        var waiting: [Wish: [CheckedContinuation<CodedBody, Never>]] = [:]
        /// Kept from one to the next: it has grown to the size of an exposition once.
        var buffer: [UInt8] = []
    }

    /// How a scrape comes to its exposition.
    enum Part: Sendable {
        /// It gathers, for all who join it.
        case first
        case joined
        /// There are as many that gather as there may be.
        case refused
    }

    private let registry: Registry
    private let most: Int
    private let state = Protected(State())

    /// - Parameter most: how many different wishes may wait at a time; 0: as many as come.
    init(_ registry: Registry, atMost most: Int = 0) {
        self.registry = registry
        self.most = most
    }

    /// The exposition that is wished for; nil when too many others are.
    func body(for wish: Wish) async -> CodedBody? {
        switch enter(wish) {
        case .refused:
            return nil
        case .joined:
            return await withCheckedContinuation { continuation in
                let isTooLate = state.withLock { state in
                    state.waiting[wish]?.append(continuation)
                    return state.waiting[wish] == nil
                }
                // It was gathered between the two looks, after this one had asked.
                if isTooLate { continuation.resume(returning: gather(wish)) }
            }
        case .first:
            // Lets the requests come in that have arrived together with this one.
            await Task.yield()
            return fulfil(wish)
        }
    }

    func enter(_ wish: Wish) -> Part {
        state.withLock { state in
            if state.waiting[wish] != nil { return .joined }
            guard most == 0 || state.waiting.count < most else { return .refused }
            state.waiting[wish] = []
            return .first
        }
    }

    /// Gathers for the one that came first and for all who joined it.
    @discardableResult
    func fulfil(_ wish: Wish) -> CodedBody {
        let (body, others) = state.withLock { state in
            let others = state.waiting.removeValue(forKey: wish) ?? []
            return (gather(wish, into: &state.buffer), others)
        }
        for other in others { other.resume(returning: body) }
        return body
    }

    private func gather(_ wish: Wish) -> CodedBody {
        state.withLock { gather(wish, into: &$0.buffer) }
    }

    private func gather(_ wish: Wish, into buffer: inout [UInt8]) -> CodedBody {
        buffer.removeAll(keepingCapacity: true)
        registry.write(wish.format, families: wish.families, into: &buffer)
        return CodedBody(ByteBuffer(bytes: buffer), coding: wish.coding)
    }
}
