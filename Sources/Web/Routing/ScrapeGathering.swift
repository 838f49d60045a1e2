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

    private let registry: Registry
    private let state = Protected(State())

    init(_ registry: Registry) { self.registry = registry }

    func body(for wish: Wish) async -> CodedBody {
        let isFirst = state.withLock { state in
            guard state.waiting[wish] == nil else { return false }
            state.waiting[wish] = []
            return true
        }
        guard isFirst else {
            return await withCheckedContinuation { continuation in
                let isTooLate = state.withLock { state in
                    state.waiting[wish]?.append(continuation)
                    return state.waiting[wish] == nil
                }
                // It was gathered between the two looks, after this one had asked.
                if isTooLate { continuation.resume(returning: gather(wish)) }
            }
        }
        // Lets the requests come in that have arrived together with this one.
        await Task.yield()
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
