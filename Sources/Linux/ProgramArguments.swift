import CLinux

/// The arguments with which this program was started, as the kernel put them on its stack: execve(2).
///
/// `CommandLine.arguments` is no substitute. Swift's runtime reads /proc/self/cmdline on Linux
/// (stdlib/public/CommandLineSupport/CommandLine.cpp) and finds no arguments where /proc is not mounted, so a program
/// that was given flags would run without them.
package enum ProgramArguments {
    /// An argument that is no text.
    package struct NotText: Error, Equatable, CustomStringConvertible {
        /// Its number; the first behind the program's name is 1.
        package let number: Int

        package var description: String { "argument \(number) is not valid UTF-8" }
    }

    /// Those behind the program's name.
    package static func read() throws(NotText) -> [String] {
        try unsafe texts(count: Int(clinux_argument_count())) { unsafe clinux_argument(CInt($0)) }
    }

    static func texts(
        count: Int,
        _ argument: (Int) -> UnsafePointer<CChar>?
    ) throws(NotText) -> [String] {
        var texts: [String] = []
        // A program can be started without even a name: execve(2) before Linux 5.18.
        for number in 1..<max(count, 1) {
            guard let bytes = unsafe argument(number), let text = unsafe String(validatingCString: bytes) else {
                throw NotText(number: number)
            }
            texts.append(text)
        }
        return texts
    }
}
