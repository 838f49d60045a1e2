import TestSupport
import Testing

@testable import Observation

struct ObservationScopeTests {
    typealias Limit = ObservationScope.Limit

    private static func scope(_ change: (inout ScopeFacts) -> Void) -> ObservationScope {
        var facts = ScopeFacts()
        change(&facts)
        return ObservationScope(facts)
    }

    /// The facts of the packaged service as installed: `PrivateUsers=yes`, `ProtectProc=invisible`, no capability.
    private static let packaged = scope { facts in
        facts.rights = ObservationRights(isRoot: false, mayTrace: false, ptraceScope: 0)
        facts.place = .service("gil-exporter.service")
        (facts.showsInit, facts.readsInit, facts.hidepid) = (false, false, "invisible")
        (facts.hasUserNamespace, facts.users) = (true, 2)
    }

    @Test func `a process that may read all others has no limit`() {
        #expect(ObservationScope.all.limits.isEmpty)
        #expect(!ObservationScope.all.excludesOthers)
        #expect(ObservationScope.all.remedies.isEmpty)
    }

    @Test func `the packaged service has three limits and one remedy`() {
        #expect(Self.packaged.limits == [.hiddenProcesses, .capability, .userNamespace])
        #expect(Self.packaged.remedies == ["sudo gil-exporter setup observe"])
        #expect(Self.packaged.reasons.first == "/proc hides the processes of other users (hidepid=invisible)")
    }

    @Test func `another unit is named in the remedy`() {
        let scope = Self.scope { facts in
            facts.rights.mayTrace = false
            facts.place = .service("mine.service")
        }
        #expect(scope.remedies == ["sudo gil-exporter setup observe --unit=mine.service"])
    }

    @Test func `Yama limits processes without the capability, and all of them at 3`() {
        func limits(_ mayTrace: Bool, _ level: Int?) -> [Limit] {
            Self.scope { $0.rights = ObservationRights(isRoot: true, mayTrace: mayTrace, ptraceScope: level) }.limits
        }
        #expect(limits(false, 0) == [.capability])
        #expect(limits(false, 1) == [.capability, .ptraceScope])
        #expect(limits(true, 2).isEmpty)
        #expect(limits(true, 3) == [.ptraceScope])
        let scope = Self.scope { $0.rights.ptraceScope = 3 }
        #expect(scope.remedies == ["boot this system without kernel.yama.ptrace_scope=3"])
    }

    @Test func `a container with its own processes leaves out the host, but not other users`() {
        let scope = Self.scope { facts in
            facts.hasPIDNamespace = true
            facts.place = .container
        }
        #expect(scope.limits == [.pidNamespace])
        #expect(!scope.excludesOthers)
        #expect(scope.remedy(.pidNamespace).contains("--pid=host"))
        let bare = Self.scope { facts in
            facts.rights.mayTrace = false
            facts.place = .container
        }
        #expect(bare.remedies.first?.contains("--cap-add=SYS_PTRACE") == true)
    }

    @Test func `the user namespace of a whole system is no limit, and one within it is`() {
        func limits(users: UInt64, mayTrace: Bool, readsInit: Bool) -> [Limit] {
            Self.scope { facts in
                (facts.hasUserNamespace, facts.users) = (true, users)
                (facts.rights.mayTrace, facts.readsInit) = (mayTrace, readsInit)
            }.limits
        }
        #expect(limits(users: 65536, mayTrace: true, readsInit: true).isEmpty)
        #expect(limits(users: 65536, mayTrace: false, readsInit: false) == [.capability])
        #expect(limits(users: 1, mayTrace: true, readsInit: false) == [.userNamespace])
        #expect(limits(users: 65536, mayTrace: true, readsInit: false) == [.userNamespace])
        #expect(limits(users: 2, mayTrace: false, readsInit: false) == [.capability, .userNamespace])
    }

    @Test func `a person without rights gets the reason and a remedy that helps`() {
        func explanation(isRoot: Bool, _ scope: Int?) -> String {
            let rights = ObservationRights(isRoot: isRoot, mayTrace: false, ptraceScope: scope)
            return Self.scope { $0.rights = rights }.explanation
        }
        let missing = "CAP_SYS_PTRACE is missing, without which the memory of other users' processes cannot be read"
        let sudo = "run gil-exporter as root (sudo), or grant it CAP_SYS_PTRACE"
        #expect(explanation(isRoot: false, nil) == "\(missing). To observe them: \(sudo)")
        #expect(explanation(isRoot: false, 1) == "\(missing); kernel.yama.ptrace_scope is 1. To observe them: \(sudo)")
        #expect(explanation(isRoot: true, 2).hasSuffix("To observe them: grant CAP_SYS_PTRACE to root"))
    }

    @Test func `processes that may not be read although nothing limits the scope have another reason`() {
        #expect(ObservationScope.all.explanation.contains("security module"))
        #expect(!ObservationScope.all.explanation.contains("sudo"))
    }

    @Test func `limits on what is visible are known apart from those on what may be read`() {
        let scope = Self.scope { facts in
            (facts.showsInit, facts.hidepid, facts.hasPIDNamespace, facts.rights.mayTrace) = (false, "2", true, false)
        }
        #expect(
            scope.visibility == [
                "/proc hides the processes of other users (hidepid=2)",
                "a pid namespace shows only the processes of this container",
            ]
        )
        #expect(ObservationScope.all.visibility.isEmpty)
    }

    @Test func `what else denies reading is a security module`() {
        #expect(Self.scope { $0.readsInit = false }.limits == [.securityModule])
    }

    @Test func `a /proc of processes alone is a limit, though all are observed`() {
        let scope = Self.scope { $0.hasStatistics = false }
        #expect(scope.limits == [.procSubset])
        #expect(!scope.excludesOthers)
    }

    @Test(arguments: [ScopeFacts().place, .container, .service("gil-exporter.service"), .service("x.service")])
    func `every limit has a reason and a remedy everywhere`(_ place: ObservationScope.Place) {
        let scope = Self.scope { $0.place = place }
        for limit in Limit.allCases {
            #expect(!scope.reason(limit).isEmpty)
            #expect(!scope.remedy(limit).isEmpty)
        }
    }
}

struct ScopeReaderTests {
    @Test func `the facts are read from /proc`() throws {
        let tree = try TemporaryFolder()
        try tree.write("CapEff:\t0000000000000000\n", to: "self/status")
        try tree.write("0::/system.slice/gil-exporter.service\n", to: "self/cgroup")
        try tree.write("         0          0          1\n     61184      61184          1\n", to: "self/uid_map")
        try tree.write(
            "22 28 0:21 / \(tree.path) rw,nosuid shared:12 - proc proc rw,hidepid=invisible,subset=pid\n",
            to: "self/mountinfo"
        )
        try tree.makeFolder("self/ns")
        try tree.link("self/ns/user", to: "user:[4026532000]")
        try tree.link("self/ns/pid", to: "pid:[4026531836]")
        var reader = ScopeReader(proc: tree.path)
        let scope = reader.read()
        #expect(scope.limits == [.hiddenProcesses, .capability, .userNamespace, .procSubset])
        #expect(scope.reason(.hiddenProcesses).hasSuffix("(hidepid=invisible)"))
        #expect(scope.remedies == ["sudo gil-exporter setup observe"])
        // A command that a service runs, such as cron.
        var command = ScopeReader(proc: tree.path, isCommand: true)
        #expect(command.read().limits == scope.limits)
        #expect(!command.read().advice.contains("setup observe"))
    }

    @Test func `a lack of descriptors is no limit`() async {
        await #expect(processExitsWith: .success) {
            let tree = try TemporaryFolder()
            try tree.write("CapEff:\t0000000000000000\n", to: "self/status")
            try tree.write("cpu 1\n", to: "stat")
            var reader = ScopeReader(proc: tree.path)
            var limits: [[ObservationScope.Limit]] = []
            for isShort in [true, false, true] {
                if isShort { DescriptorShortage.begin() }
                limits.append(reader.read().limits)
                DescriptorShortage.end()
            }
            #expect(limits == [[], [.hiddenProcesses, .capability], [.hiddenProcesses, .capability]])
        }
    }

    @Test func `unknown namespaces are no limit`() throws {
        let tree = try TemporaryFolder()
        try tree.write("CapEff:\t00000000000fffff\n", to: "self/status")
        try tree.write("cpu 1\n", to: "stat")
        try tree.write("1 (systemd) S 0 \(Array(repeating: "0", count: 48).joined(separator: " "))\n", to: "1/stat")
        try tree.makeFolder("1/ns")
        try tree.link("1/ns/user", to: "user:[4026531837]")
        var reader = ScopeReader(proc: tree.path)
        #expect(reader.read().limits == [])
    }

    @Test func `an error that is no denial is no limit`() throws {
        let tree = try TemporaryFolder()
        try tree.write("CapEff:\t00000000000fffff\n", to: "self/status")
        try tree.write("cpu 1\n", to: "stat")
        // EISDIR and EINVAL, in place of a lack of descriptors or memory.
        try tree.makeFolder("1/stat")
        for witness in 1...2 { try tree.write("", to: "\(witness)/ns/user") }
        var reader = ScopeReader(proc: tree.path)
        #expect(reader.read().limits == [])
    }

    @Test(arguments: [
        ("4026531836", [] as [ObservationScope.Limit]), ("4026532001", [.securityModule, .pidNamespace]),
    ])
    func `an init that is more protected than the kernel's threads is no limit`(
        _ namespace: String,
        _ limits: [ObservationScope.Limit]
    ) throws {
        let tree = try TemporaryFolder()
        try tree.write("CapEff:\t00000000000fffff\n", to: "self/status")
        try tree.makeFolder("self/ns")
        try tree.link("self/ns/pid", to: "pid:[\(namespace)]")
        try tree.write("cpu 1\n", to: "stat")
        try tree.write("1 (init) S 0 \(Array(repeating: "0", count: 48).joined(separator: " "))\n", to: "1/stat")
        try tree.makeFolder("2/ns")
        try tree.link("2/ns/user", to: "user:[4026531837]")
        var reader = ScopeReader(proc: tree.path)
        #expect(reader.read().limits == limits)
    }

    @Test func `the option of the mount that covers the others counts`() {
        let mounts = """
            22 28 0:21 / /proc rw shared:12 - proc proc rw,hidepid=noaccess
            25 28 0:22 / /proc/sys ro - proc proc rw,hidepid=4
            26 28 0:23 / /proc rw,nosuid - proc proc rw,gid=4,hidepid=invisible

            """
        #expect(ScopeReader.hidepid(Array(mounts.utf8), of: "/proc") == "invisible")
        #expect(ScopeReader.hidepid(Array(mounts.utf8), of: "/mnt") == nil)
        #expect(ScopeReader.hidepid(Array("22 28 0:21 / /proc rw - proc proc rw\n".utf8), of: "/proc") == nil)
    }

    @Test func `users of a namespace are added up`() {
        #expect(ScopeReader.users(parsing: Array("0 0 1\n 61184 61184 1\n".utf8)) == 2)
        #expect(ScopeReader.users(parsing: Array("         0          0 4294967295\n".utf8)) == 4_294_967_295)
        #expect(ScopeReader.users(parsing: Array("what\n".utf8)) == nil)
    }

    @Test(
        arguments: [
            ("0::/system.slice/system-gil.slice/gil-exporter.service\n", .service("gil-exporter.service")),
            ("1:name=systemd:/system.slice/gil-exporter.service\n", .service("gil-exporter.service")),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service\n", .container),
            ("0::/system.slice/containerd.service/kubepods:cri:0123\n", .container),
            ("0::/\n", .container),
            (nil, .container),
        ] as [(String?, ObservationScope.Place)]
    )
    func `a service is known by its cgroup`(_ cgroup: String?, _ place: ObservationScope.Place) {
        #expect(ScopeReader.place(cgroup: cgroup.map { Array($0.utf8) }, isContainer: true) == place)
    }
}
