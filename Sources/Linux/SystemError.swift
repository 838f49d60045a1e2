import Glibc

/// A failed call to the kernel or to libc.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The operation in plain words: "open /proc/stat".
    package let operation: String
    /// The error number, errno(3).
    package let code: CInt

    package init(_ operation: String, code: CInt = errno) {
        self.operation = operation
        self.code = code
    }

    /// Whether this process lacks the permission.
    package var isDenial: Bool { code == EACCES || code == EPERM }

    /// Whether this process or the system lacked a descriptor or memory, which says nothing of what was asked for.
    package var isShortage: Bool { Shortage.explains(code) }

    package var description: String {
        "\(operation): \(Self.message(code))"
    }

    /// The text of an error number, strerror(3).
    package static func message(_ code: CInt) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
