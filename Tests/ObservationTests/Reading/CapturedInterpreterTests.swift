import Testing

@testable import Observation

/// Memory of real interpreters of every available version, architecture and C library.
struct CapturedInterpreterTests {
    @Test func `the captures cover every version, both architectures and both condition layouts`() {
        let locations = CapturedInterpreter.all.map(\.location)
        let minors = Set(locations.compactMap { $0.version?.minor })
        #expect(minors.isSuperset(of: 8...15))
        #expect(Set(locations.map(\.architecture)) == [.amd64, .arm64])
        #expect(Set(locations.map(\.libc)).isSuperset(of: [.glibc(major: 2, minor: 36), .glibc(major: 2, minor: 41)]))
        #expect(CapturedInterpreter.all.contains { $0["build"] == "free-threaded" && $0["gil"] == "off" })
    }

    @Test(arguments: CapturedInterpreter.all)
    func `the values read equal those that the interpreter printed`(python: CapturedInterpreter) throws {
        var reader = try GILReader(of: python.location, in: python.image)
        #expect(reader.layout.version == python.location.version)
        #expect(reader.layout.build.rawValue == python["build"])
        #expect("\(reader.interpreters.count)" == python["interpreters"])
        #expect("\(reader.gils.count)" == python["locks"])

        let states = try reader.states(in: python.image)
        let main = try #require(reader.gils.firstIndex { "0x\(String($0, radix: 16))" == python["lock"] })
        let state = states[main]
        #expect(state.isEnabled == (python["gil"] == "on"))
        #expect("\(state.switchInterval) µs" == python["switch interval"])
        #expect("\(state.switches)" == python["switches"])
        #expect((state.contenders?.waitingThreads).map { "\($0)" } == python["waiting threads"])
        #expect((state.contenders?.waits).map { "\($0)" } == python["waits"])
        #expect((state.droppers?.waits).map { "\($0)" } == python["forced hand-offs"])
        guard python["holder"] != "none" else {
            #expect(!state.isHeld)
            return
        }
        #expect(state.isHeld)
        #expect("0x\(String(state.lastHolder, radix: 16))" == python["holder"])
        let holder = try #require(try reader.holder(of: main, in: python.image))
        let keepsNumber = (python.location.version?.minor ?? 0) >= 11
        #expect(holder.nativeID.map { "\($0)" } == (keepsNumber ? python["held by"] : nil))
        // No thread is in the locks of other interpreters.
        for (index, other) in states.enumerated() where index != main { #expect(!other.isHeld) }
    }

    @Test(arguments: CapturedInterpreter.all)
    func `from 3.13 on the locks are found without the version from the file`(
        python: CapturedInterpreter
    ) throws {
        var location = python.location
        location.version = nil
        guard (python.location.version?.minor ?? 0) >= 13 else {
            #expect(throws: ReadingError.unobservable(.version)) { try GILReader(of: location, in: python.image) }
            return
        }
        #expect(
            try GILReader(of: location, in: python.image).gils.contains {
                "0x\(String($0, radix: 16))" == python["lock"]
            }
        )
    }
}
