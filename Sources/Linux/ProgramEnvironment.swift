import CLinux
import Glibc

/// The arguments of this program, as the kernel put them on its stack: execve(2).
///
/// `CommandLine.arguments` does not replace them. On Linux, Swift's runtime reads /proc/self/cmdline
/// (stdlib/public/CommandLineSupport/CommandLine.cpp). Where /proc is not mounted it finds no arguments, and the
/// program would run without its flags.
package enum ProgramArguments {
    /// An argument that is not valid text.
    package struct NotText: Error, Equatable, CustomStringConvertible {
        /// The first after the program's name is 1.
        package let number: Int

        package var description: String { "argument \(number) is not valid UTF-8" }
    }

    /// The arguments after the program's name.
    package static func read() throws(NotText) -> [String] {
        try unsafe texts(count: Int(clinux_argument_count())) { unsafe clinux_argument(CInt($0)) }
    }

    static func texts(
        count: Int,
        _ argument: (Int) -> UnsafePointer<CChar>?
    ) throws(NotText) -> [String] {
        var texts: [String] = []
        // Before Linux 5.18 a program can be started without even a name: execve(2).
        for number in 1..<max(count, 1) {
            guard let bytes = unsafe argument(number), let text = unsafe String(validatingCString: bytes) else {
                throw NotText(number: number)
            }
            texts.append(text)
        }
        return texts
    }
}

/// The environment of this process: environ(7).
package enum Environment {
    /// Nil if the variable is not set.
    package static func value(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}

/// The name of this host: gethostname(2).
package enum HostName {
    /// Nil if it cannot be read.
    package static var current: String? {
        // HOST_NAME_MAX is 64, without the NUL at the end.
        var buffer = [CChar](repeating: 0, count: 65)
        guard unsafe gethostname(&buffer, buffer.count) == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
