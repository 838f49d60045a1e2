import Exposition
import Testing

struct CounterTests {
    let counter = Registry().counter("runs_total", help: "Runs.")

    @Test func `a counter starts at 0 and adds up`() {
        #expect(counter.value == 0)
        counter.increment()
        counter.increment(by: 0.25)
        #expect(counter.value == 1.25)
    }

    @Test(arguments: [-1, 0, .nan, .infinity])
    func `a counter ignores negative amounts, infinity and NaN`(_ amount: Double) {
        counter.increment(by: 2)
        counter.increment(by: amount)
        #expect(counter.value == 2)
    }

    @Test func `a counter follows the readings of another counter, but only upwards`() {
        counter.raise(to: 5)
        #expect(counter.value == 5)
        for reading in [3, -1, .nan, .infinity] { counter.raise(to: reading) }
        #expect(counter.value == 5)
        counter.raise(to: 5.5)
        #expect(counter.value == 5.5)
    }

    @Test func `a counter loses nothing when many tasks count at once`() async {
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

struct GaugeTests {
    let gauge = Registry().gauge("waiting_threads", help: "Waiting now.")

    @Test func `a gauge starts at 0, is set, and goes up and down`() {
        #expect(gauge.value == 0)
        gauge.set(3)
        gauge.add(-4.5)
        #expect(gauge.value == -1.5)
    }

    @Test func `a gauge can be NaN and infinite, and a number again`() {
        gauge.set(.nan)
        gauge.add(1)
        #expect(gauge.value.isNaN)
        gauge.set(-.infinity)
        #expect(gauge.value == -.infinity)
        gauge.set(1)
        #expect(gauge.value == 1)
    }
}
