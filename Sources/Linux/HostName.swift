import Glibc

/// The name of this host: gethostname(2).
package enum HostName {
    /// Nil where the kernel does not tell.
    package static var current: String? {
        // HOST_NAME_MAX is 64, and a name of that length has its end behind it.
        var buffer = [CChar](repeating: 0, count: 65)
        guard unsafe gethostname(&buffer, buffer.count) == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
