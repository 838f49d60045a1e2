import Linux

/// Closed until it is opened, once; threads that come before wait.
final class Gate: Sendable {
    private let isOpen = Monitor(false)

    func pass() { isOpen.wait { $0 } }

    func open() { isOpen.update { $0 = true } }
}
