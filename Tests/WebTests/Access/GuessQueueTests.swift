import Testing

@testable import Web

@Suite("Those who wait for their password to be checked")
struct GuessQueueTests {
    private static func source(_ number: UInt32) -> ClientSource { .ipv4(number) }

    @Test("take turns by where they come from")
    func sources() {
        var queue = GuessQueue<String>()
        for number in 1...100 { queue.add("guess \(number)", from: Self.source(1), user: "prometheus") }
        queue.add("right", from: Self.source(2), user: "prometheus")
        let served = [queue.next(), queue.next()]
        #expect(served.contains("right"))
        #expect(queue.count == 99)
    }

    @Test("take turns by user where they come from one place")
    func users() {
        var queue = GuessQueue<String>()
        for number in 1...100 { queue.add("guess \(number)", from: Self.source(1), user: "x") }
        queue.add("right", from: Self.source(1), user: "prometheus")
        let served = [queue.next(), queue.next()]
        #expect(served.contains("right"))
    }

    /// Whoever was served waits again at once, as an attacker does.
    @Test("wait for twice as many turns as there are others at most where they cannot be told apart")
    func bound() {
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

    @Test("have one turn for all users that one place names, however many")
    func sprayed() {
        var queue = GuessQueue<String>()
        for number in 1...100 { queue.add("guess", from: Self.source(1), user: "user \(number)") }
        queue.add("right", from: Self.source(2), user: "prometheus")
        let served = [queue.next(), queue.next()]
        #expect(served.contains("right"))
    }

    @Test("are all served, once each")
    func complete() {
        var queue = GuessQueue<Int>()
        for number in 0..<60 { queue.add(number, from: Self.source(UInt32(number % 3)), user: "user \(number % 4)") }
        var served: [Int] = []
        while let next = queue.next() { served.append(next) }
        #expect(served.sorted() == Array(0..<60))
        #expect(queue.count == 0)
    }

    @Test("are taken out when they have left")
    func removed() {
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

    @Test("come from a host, or from a network of IPv6")
    func addresses() {
        #expect(ClientSource(ipv4: [127, 0, 0, 1]) == .ipv4(0x7f00_0001))
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]
        #expect(ClientSource(ipv6: mapped) == ClientSource(ipv4: [192, 0, 2, 1]))
        let network: [UInt8] = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1]
        #expect(ClientSource(ipv6: network + [UInt8](repeating: 1, count: 8)) == .ipv6(network))
    }
}
