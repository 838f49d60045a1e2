import Glibc

/// The environment of this process: environ(7).
package enum Environment {
    /// Nil where the variable is not set.
    package static func value(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
