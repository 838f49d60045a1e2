import Glibc
import Testing

@testable import Commands
@testable import Observation

struct WatchTargetsTests {
    private static let user: ObservationScope = {
        var facts = ScopeFacts()
        facts.rights = ObservationRights(isRoot: false, mayTrace: false, ptraceScope: nil)
        return ObservationScope(facts)
    }()
    private static let root = ObservationScope.all

    @Test func `a process is chosen by number, by name, or by a word on its command line`() {
        let command = "/usr/bin/python3 -m gunicorn /srv/site/manage.py"
        for word in [
            "7", "site", "gunicorn", "manage.py", "python3", "/usr/bin/python3", "/srv/site/manage.py",
            "site/manage.py", "-m gunicorn",
        ] {
            #expect(WatchTargets([word]).include(7, name: "site", commandLine: command), "\(word)")
        }
        for word in ["8", "sit", "uni", "manage", "/site/manage", "bin", "/manage.py", "srv/site"] {
            #expect(!WatchTargets([word]).include(7, name: "site", commandLine: command), "\(word)")
        }
        #expect(WatchTargets([]).include(7, name: "site", commandLine: command))
    }

    @Test func `missing processes are named, with a remedy`() {
        let own = getpid()
        let complaints = WatchTargets(["4194305", "\(own)", "nobody"]).complaints(about: [.denied], Self.user)
        #expect(
            complaints == [
                "process \(own) runs no CPython that this user can see. If it does: \(Self.user.advice)",
                "no process 4194305",
                "no Python process or service is named 'nobody' or has it on its command line",
                "1 of the processes may not be read: \(Self.user.explanation)",
            ]
        )
        #expect(WatchTargets([]).complaints(about: [.busy], Self.user).isEmpty)
        #expect(WatchTargets([]).complaints(about: [], Self.user).count == 1)
    }

    @Test func `root gets no advice to become root`() {
        let own = getpid()
        let complaints = WatchTargets(["\(own)"]).complaints(about: [], Self.root)
        #expect(complaints == ["process \(own) runs no CPython that can be found"])
        #expect(WatchTargets([]).complaints(about: [], Self.root) == ["no Python process runs here"])
    }

    @Test func `a process that does not answer is not reported as one without Python`() {
        let own = getpid()
        let complaints = WatchTargets(["\(own)"]).complaints(about: [], Self.root, silent: [own])
        #expect(complaints.count == 1)
        #expect(complaints.first?.hasPrefix("process \(own) cannot be observed: its files or its memory") == true)
    }

    @Test func `hidden processes are named as a reason`() {
        var facts = ScopeFacts()
        (facts.showsInit, facts.hidepid) = (false, "invisible")
        let complaints = WatchTargets(["nobody"]).complaints(about: [], ObservationScope(facts))
        #expect(complaints.count == 1)
        #expect(complaints[0].hasSuffix("; /proc hides the processes of other users (hidepid=invisible)"))
    }

    @Test(arguments: UnobservableReason.allCases.filter { ![.permission, .libc].contains($0) })
    func `a requested process that cannot be observed is explained`(reason: UnobservableReason) {
        var process = WatchedProcess.busy
        process.activity = .failure(reason)
        let explanations = WatchTargets(["4711"]).explanations(of: [process])
        #expect(explanations.count == 1)
        #expect(explanations.first?.hasPrefix("process 4711 cannot be observed: ") == true)
        #expect(WatchTargets([]).explanations(of: [process]).isEmpty)
    }

    @Test func `a requested process without a sample is explained`() {
        var process = WatchedProcess.busy
        process.activity = nil
        #expect(WatchTargets(["4711"]).explanations(of: [process]).count == 1)
    }

    @Test func `if only numbers are given, other processes are not looked at`() {
        #expect(WatchTargets(["7", "8"]).onlyNumbers == [7, 8])
        #expect(WatchTargets(["7", "site"]).onlyNumbers == nil)
        #expect(WatchTargets([]).onlyNumbers == nil)
    }
}

extension WatchedProcess {
    fileprivate static let busy: WatchedProcess = {
        let earlier = ProcessObservation(version: PythonVersion(major: 3, minor: 11, micro: 2), build: .gil)
        var later = earlier
        later.observed = .seconds(1)
        return WatchedProcess(
            pid: 4711,
            name: "python3",
            commandLine: "python3 load.py",
            service: "load.service",
            activity: Activity(from: earlier, to: later).map { .success($0) }
        )
    }()

    fileprivate static let denied = WatchedProcess(
        pid: 12,
        name: "worker",
        commandLine: "worker",
        service: "worker",
        activity: .failure(.permission)
    )
}
