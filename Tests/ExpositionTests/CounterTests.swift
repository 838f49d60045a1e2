import Exposition
import Testing

@Suite("A counter")
struct CounterTests {
    let counter = Registry().counter("runs_total", help: "Runs.")

    @Test("starts at 0 and adds up")
    func increments() {
        #expect(counter.value == 0)
        counter.increment()
        counter.increment(by: 0.25)
        #expect(counter.value == 1.25)
    }

    @Test("does not go back, nor lose its value to what is no number", arguments: [-1, 0, .nan, .infinity])
    func ignores(_ amount: Double) {
        counter.increment(by: 2)
        counter.increment(by: amount)
        #expect(counter.value == 2)
    }

    @Test("follows a counter that is kept elsewhere, but only upwards")
    func raises() {
        counter.raise(to: 5)
        #expect(counter.value == 5)
        for reading in [3, -1, .nan, .infinity] { counter.raise(to: reading) }
        #expect(counter.value == 5)
        counter.raise(to: 5.5)
        #expect(counter.value == 5.5)
    }

    @Test("loses nothing however many count at once")
    func incrementsConcurrently() async {
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<1_000_000 { counter.increment(by: 0.5) }
                }
            }
        }
        #expect(counter.value == 2_000_000)
    }
}
