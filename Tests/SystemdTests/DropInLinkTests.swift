import Linux
import TestSupport
import Testing

@testable import Systemd

struct DropInLinkTests {
    private static let target = "/usr/share/it/observe.conf"
    private static let place = "etc/systemd/system/it.service.d/observe.conf"

    private let system: TemporaryFolder
    private let link: DropInLink

    init() throws {
        system = try TemporaryFolder()
        try system.write("[Service]\n", to: "usr/share/it/observe.conf")
        try system.makeFolder("etc/systemd/system")
        link = DropInLink(unit: "it.service", target: Self.target, root: system.path)
    }

    @Test func `a link is made, and removed with its directory`() throws {
        #expect(link.state == .absent)
        try link.make()
        #expect(link.state == .linked)
        #expect(try SymbolicLink.target(of: system.file(Self.place)) == Self.target)
        try link.remove()
        #expect(link.state == .absent)
        #expect(!system.holds("etc/systemd/system/it.service.d"))
    }

    @Test func `the directory stays while it has other drop-ins`() throws {
        try system.write("", to: "etc/systemd/system/it.service.d/own.conf")
        try link.make()
        try link.remove()
        #expect(system.holds("etc/systemd/system/it.service.d/own.conf"))
    }

    @Test func `a copy is recognised by its content, and replaced`() throws {
        try system.write("[Service]\n", to: Self.place)
        #expect(link.state == .copied)
        try link.make()
        #expect(link.state == .linked)
    }

    @Test func `another file or link is not taken for it`() throws {
        try system.write("[Service]\nNice=5\n", to: Self.place)
        #expect(link.state == .other)
        try link.remove()
        try system.makeFolder("etc/systemd/system/it.service.d")
        try system.link(Self.place, to: "/dev/null")
        #expect(link.state == .other)
    }

    @Test func `an error names the path`() throws {
        let elsewhere = DropInLink(unit: "it.service", target: Self.target, root: system.file("none"))
        let error = #expect(throws: SystemError.self) { try elsewhere.make() }
        #expect(error?.description.hasPrefix("create \(system.path)/none/etc/systemd/system/it.service.d: ") == true)
    }

    @Test func `units are found where systemd looks for them`() throws {
        #expect(!Units.has("it.service", root: system.path))
        try system.write("", to: "lib/systemd/system/it.service")
        #expect(Units.has("it.service", root: system.path))
        #expect(!Units.manageSystem(root: system.path))
        try system.makeFolder("run/systemd/system")
        #expect(Units.manageSystem(root: system.path))
    }
}
