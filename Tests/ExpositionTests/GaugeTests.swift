import Exposition
import Testing

@Suite("A gauge")
struct GaugeTests {
    let gauge = Registry().gauge("waiting_threads", help: "Waiting now.")

    @Test("starts at 0, is set, and goes up and down")
    func setsAndAdds() {
        #expect(gauge.value == 0)
        gauge.set(3)
        gauge.add(-4.5)
        #expect(gauge.value == -1.5)
    }

    @Test("can be what is no number, and become one again")
    func holdsAnything() {
        gauge.set(.nan)
        gauge.add(1)
        #expect(gauge.value.isNaN)
        gauge.set(-.infinity)
        #expect(gauge.value == -.infinity)
        gauge.set(1)
        #expect(gauge.value == 1)
    }
}
