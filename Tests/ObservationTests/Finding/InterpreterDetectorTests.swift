import Glibc
import Testing

@testable import Observation

struct InterpreterDetectorTests {
    @Test(.needsPython) func `a running python3 is detected with its version and C library`() throws {
        try StandstillPython.during { pid in
            let detector = InterpreterDetector(proc: "/proc", pageSize: UInt64(getpagesize()))
            guard case .python(let location) = detector.detect(pid) else {
                Issue.record("\(detector.detect(pid))")
                return
            }
            #expect(location.process.pid == pid)
            #expect(location.version?.major == 3)
            #expect(location.runtime > 0)
            guard case .glibc(major: 2, minor: 1...) = location.libc else {
                Issue.record("\(location.libc)")
                return
            }
        }
    }

    @Test(arguments: ["python", "python3", "python3.13", "python3.13t", "python2.7"])
    func `names of interpreters are known`(name: String) {
        #expect(InterpreterDetector.isPython(name[...]))
    }

    @Test(arguments: ["", "pythonista", "bash", "python3-config", "pypy3"])
    func `other names are not taken for interpreters`(name: String) {
        #expect(!InterpreterDetector.isPython(name[...]))
    }
}
