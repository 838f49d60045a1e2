/// A listen address that cannot be understood.
package struct ListenAddressError: Error, Equatable, CustomStringConvertible {
    package enum Problem: Sendable, Equatable {
        case empty
        case missingPort
        case port(String)
        case bareIPv6
        case notIPv6(String)
        case relativePath(String)
        case pathTooLong
        /// What is written behind the path of a socket file.
        case access(String)
    }

    /// What was typed.
    package let text: String
    package let problem: Problem

    package var description: String {
        "listen address \"\(text)\": \(explanation)"
    }

    private var explanation: String {
        switch problem {
        case .empty:
            "is empty; write :10061, host:port, [IPv6]:port or unix:/path"
        case .missingPort where text.allSatisfy(\.isNumber):
            "has no colon before the port; write :\(text)"
        case .missingPort:
            "has no port; write \(text):10061"
        case .port(let digits):
            "\"\(digits)\" is no port; write a number from 0 to 65535, where 0 lets the kernel choose"
        case .bareIPv6:
            "an IPv6 address needs brackets, to tell it from the port; write [::1]:10061"
        case .notIPv6(let host):
            "only an IPv6 address has brackets; write \(host) without them"
        case .relativePath(let path):
            "the path of a socket file must be absolute; write unix:/\(path)"
        case .access(let written):
            "\"\(written)\" says nothing of a socket file; write mode=0660, group=NAME or both with & between them"
        case .pathTooLong:
            "the path of a socket file has at most \(ListenAddress.longestPath) bytes; choose a shorter one"
        }
    }
}
