import TestSupport
import Testing

@testable import Exposition

struct NumberTests {
    private func text(_ value: Double) -> String {
        var buffer: [UInt8] = []
        buffer.append(number: value)
        return String(decoding: buffer, as: UTF8.self)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-1, "-1"), (10, "10"), (1_000_000, "1000000"),
            (0x1p53, "9007199254740992"), (-0x1p53, "-9007199254740992"), (0x1p54, "1.8014398509481984e+16"),
            (0.1, "0.1"), (-2.5, "-2.5"), (0.1 + 0.2, "0.30000000000000004"), (1e-5, "1e-05"),
            (1_700_000_000.123456, "1700000000.123456"), (.leastNonzeroMagnitude, "5e-324"),
            (-.leastNormalMagnitude, "-2.2250738585072014e-308"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (-.nan, "NaN"), (.signalingNaN, "NaN"),
        ] as [(Double, String)]
    )
    func `a sample's value is written as both formats require`(_ value: Double, _ expected: String) throws {
        #expect(text(value) == expected)
        let read = try OpenMetricsSample.number(text(value)[...])
        #expect(read == value || (read.isNaN && value.isNaN))
    }

    @Test func `a sample's value reads back as the same number`() throws {
        // A fixed seed: the same thousand bit patterns in every run.
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<1_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: state)
            guard value.isFinite else { continue }
            #expect(try OpenMetricsSample.number(text(value)[...]) == value)
        }
    }

    @Test(arguments: [0, 9, 10, 99, 100, 18_446_744_073_709_551_615] as [UInt64])
    func `a whole number has all its digits`(_ value: UInt64) {
        var buffer: [UInt8] = []
        buffer.append(decimal: value)
        #expect(String(decoding: buffer, as: UTF8.self) == String(value))
    }
}
