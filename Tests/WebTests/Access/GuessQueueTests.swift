import Testing

@testable import Web

struct GuessQueueTests {
    private static func source(_ number: UInt32) -> ClientSource { .ipv4(number) }

    @Test func `sources take turns`() {
        var queue = GuessQueue<String>()
        for number in 1...100 { queue.add("guess \(number)", from: Self.source(1), user: "prometheus") }
        queue.add("right", from: Self.source(2), user: "prometheus")
        let served = [queue.next(), queue.next()]
        #expect(served.contains("right"))
        #expect(queue.count == 99)
    }

    @Test func `users of one source take turns`() {
        var queue = GuessQueue<String>()
        for number in 1...100 { queue.add("guess \(number)", from: Self.source(1), user: "x") }
        queue.add("right", from: Self.source(1), user: "prometheus")
        let served = [queue.next(), queue.next()]
        #expect(served.contains("right"))
    }

    /// Whoever was served waits again at once, as an attacker does.
    @Test func `an indistinguishable guess waits for at most twice as many turns as there are others`() {
        var queue = GuessQueue<Int>()
        for number in 1...40 { queue.add(number, from: Self.source(1), user: "prometheus") }
        queue.add(0, from: Self.source(1), user: "prometheus")
        var turns = 0
        while let served = queue.next() {
            turns += 1
            if served == 0 { break }
            queue.add(served, from: Self.source(1), user: "prometheus")
        }
        #expect(turns <= 2 * 41)
    }

    @Test func `a source that names many users gets no more turns than one that names one`() {
        var queue = GuessQueue<String>()
        for number in 1...100 { queue.add("guess", from: Self.source(1), user: "user \(number)") }
        queue.add("right", from: Self.source(2), user: "prometheus")
        let served = [queue.next(), queue.next()]
        #expect(served.contains("right"))
    }

    @Test func `every guess gets exactly one turn`() {
        var queue = GuessQueue<Int>()
        for number in 0..<60 { queue.add(number, from: Self.source(UInt32(number % 3)), user: "user \(number % 4)") }
        var served: [Int] = []
        while let next = queue.next() { served.append(next) }
        #expect(served.sorted() == Array(0..<60))
        #expect(queue.count == 0)
    }

    @Test func `guesses of clients that have left are removed`() {
        var queue = GuessQueue<Int>()
        for number in 0..<10 { queue.add(number, from: Self.source(UInt32(number % 2)), user: "x") }
        let removed = queue.removeAll { $0 > 0 }
        #expect(removed.sorted() == Array(1..<10))
        #expect(queue.count == 1)
        let left = [queue.next(), queue.next()]
        #expect(left == [0, nil])
        queue.add(11, from: Self.source(1), user: "x")
        let next = queue.next()
        #expect(next == 11)
    }

    @Test func `a source is an IPv4 host or an IPv6 network of 64 bits`() {
        #expect(ClientSource(ipv4: [127, 0, 0, 1]) == .ipv4(0x7f00_0001))
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]
        #expect(ClientSource(ipv6: mapped) == ClientSource(ipv4: [192, 0, 2, 1]))
        let network: [UInt8] = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1]
        #expect(ClientSource(ipv6: network + [UInt8](repeating: 1, count: 8)) == .ipv6(network))
    }
}
