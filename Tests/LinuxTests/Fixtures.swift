import TestSupport

enum Fixtures {
    /// A captured tree like /proc: a host with two CPUs and a hypervisor that takes time from them, and a program whose
    /// name is "a) R (b".
    static let proc = Repository.fixture("proc")
}
