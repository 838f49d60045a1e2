import Glibc
import Observation
import Testing

@testable import Commands

struct WatchTargetsTests {
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
        let complaints = WatchTargets(["4194305", "\(own)", "nobody"]).complaints(about: [.denied])
        #expect(
            complaints == [
                "process \(own) runs no CPython that this user can see; if it does, try as root",
                "there is no process 4194305",
                "no Python process is called 'nobody', nor has it on its command line",
                "1 of the processes may not be read by this user: run it as theirs, or with sudo, or give "
                    + "CAP_SYS_PTRACE",
            ]
        )
        #expect(WatchTargets([]).complaints(about: [.busy]).isEmpty)
        #expect(WatchTargets([]).complaints(about: []).count == 1)
    }
}
