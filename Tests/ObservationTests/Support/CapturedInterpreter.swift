import Foundation
import TestSupport
import Testing

@testable import Observation

/// A real interpreter's memory, as captured by Tests/observation/capture, and the true values.
struct CapturedInterpreter: Sendable, CustomTestStringConvertible {
    let name: String
    let image: MemoryImage
    let location: InterpreterLocation
    /// The values that the process printed.
    private let truth: [String: String]

    var testDescription: String { name }

    static let all: [CapturedInterpreter] = {
        let folder = Repository.fixture("interpreters")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in
            (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)).flatMap { text in
                CapturedInterpreter(name: String(name.dropLast(".txt".count)), text)
            }
        }
    }()

    /// The true value of a name such as "waiting threads".
    subscript(name: String) -> String { truth[name] ?? "" }

    private static let page: UInt64 = 4096

    private init?(name: String, _ text: String) {
        var truth: [String: String] = [:]
        var image = MemoryImage()
        var end: (segment: UInt64, address: UInt64) = (0, 0)
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                let parts = line.dropFirst(2).components(separatedBy: ": ")
                truth[parts[0]] = parts.dropFirst().joined(separator: ": ")
                continue
            }
            let words = line.split(separator: " ")
            guard let address = UInt64(words[0], radix: 16), let bytes = Self.bytes(words.dropFirst()) else {
                return nil
            }
            // Memory between two lines that are less than a page apart was mapped, too, but not captured. It is filled with
            // bytes that do not make an interpreter.
            let isNear = address >= end.address && address - end.address < Self.page
            let segment = isNear ? end.segment : address
            if isNear { image.segments[segment]? += Array(repeating: 0xA5, count: Int(address - end.address)) }
            image.segments[segment, default: []] += bytes
            end = (segment, address + UInt64(bytes.count))
        }
        let version = (truth["version"] ?? "").prefix { $0 != "t" }.split(separator: ".").compactMap { Int($0) }
        let glibc = (truth["libc"] ?? "").dropFirst("glibc ".count).split(separator: ".").compactMap { Int($0) }
        guard version.count == 3, glibc.count == 2,
            let runtime = UInt64((truth["runtime"] ?? "").dropFirst(2), radix: 16)
        else { return nil }
        self.name = name
        self.truth = truth
        self.image = image
        location = InterpreterLocation(
            process: ProcessIdentity(pid: 1, startTime: 1),
            runtime: runtime,
            version: PythonVersion(major: version[0], minor: version[1], micro: version[2]),
            libc: .glibc(major: glibc[0], minor: glibc[1]),
            architecture: truth["machine"] == "aarch64" ? .arm64 : .amd64
        )
    }

    /// "zeros 64", or the bytes.
    private static func bytes(_ words: ArraySlice<Substring>) -> [UInt8]? {
        if words.first == "zeros" { return words.last.flatMap { Int($0) }.map { Array(repeating: 0, count: $0) } }
        guard let digits = words.first.map({ Array($0.utf8) }), digits.count.isMultiple(of: 2) else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { place in
            UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16)
        }
        return bytes.count * 2 == digits.count ? bytes : nil
    }
}
