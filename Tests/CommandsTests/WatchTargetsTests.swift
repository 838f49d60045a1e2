import Glibc
import Observation
import Testing

@testable import Commands

struct WatchTargetsTests {
    private static let user = ObservationRights(isRoot: false, mayTrace: false, ptraceScope: nil)
    private static let root = ObservationRights(isRoot: true, mayTrace: true, ptraceScope: 1)

    @Test func `a process is chosen by number, name, or what is on its command line`() {
        let command = "/usr/bin/python3 -m gunicorn /srv/site/manage.py"
        for word in ["7", "site", "gunicorn", "manage.py", "python3"] {
            #expect(WatchTargets([word]).include(7, name: "site", commandLine: command), "\(word)")
        }
        for word in ["8", "sit", "uni", "manage"] {
            #expect(!WatchTargets([word]).include(7, name: "site", commandLine: command), "\(word)")
        }
        #expect(WatchTargets([]).include(7, name: "site", commandLine: command))
    }

    @Test func `what is missing is named, and what to do is said`() {
        let own = getpid()
        let complaints = WatchTargets(["4194305", "\(own)", "nobody"]).complaints(about: [.denied], Self.user)
        #expect(
            complaints == [
                "process \(own) runs no CPython that this user can see; if it does, try as root",
                "there is no process 4194305",
                "no Python process is called 'nobody', nor has it on its command line",
                "1 of the processes may not be read by this user: run it as theirs, or with sudo, or give "
                    + "CAP_SYS_PTRACE",
            ]
        )
        #expect(WatchTargets([]).complaints(about: [.busy], Self.user).isEmpty)
        #expect(WatchTargets([]).complaints(about: [], Self.user).count == 1)
    }

    @Test func `root is not told to become root`() {
        let own = getpid()
        let complaints = WatchTargets(["\(own)"]).complaints(about: [], Self.root)
        #expect(complaints == ["process \(own) runs no CPython that can be found"])
        #expect(WatchTargets([]).complaints(about: [], Self.root) == ["no Python process runs here"])
    }

    @Test func `hidden processes are given as a reason`() {
        let complaints = WatchTargets(["nobody"]).complaints(about: [], Self.root, seesOthers: false)
        #expect(complaints.count == 1 && complaints[0].contains("hidepid"))
    }

    @Test(arguments: UnobservableReason.allCases.filter { ![.permission, .libc].contains($0) })
    func `a process that was asked for and cannot be observed is explained`(reason: UnobservableReason) {
        var process = WatchedProcess.busy
        process.activity = .failure(reason)
        let explanations = WatchTargets(["4711"]).explanations(of: [process])
        #expect(explanations.count == 1)
        #expect(explanations.first?.hasPrefix("process 4711 cannot be observed: ") == true)
        #expect(WatchTargets([]).explanations(of: [process]).isEmpty)
    }

    @Test func `a process that was asked for and gives no sample is explained`() {
        var process = WatchedProcess.busy
        process.activity = nil
        #expect(WatchTargets(["4711"]).explanations(of: [process]).count == 1)
    }

    @Test func `numbers alone need no look into other processes`() {
        #expect(WatchTargets(["7", "8"]).onlyNumbers == [7, 8])
        #expect(WatchTargets(["7", "site"]).onlyNumbers == nil)
        #expect(WatchTargets([]).onlyNumbers == nil)
    }
}
