import Glibc

/// What `make test-sanitized` sets.
package enum Sanitizer {
    /// Whether the tests were built with one. Each reserves terabytes, so no address space can be limited.
    package static let isActive = unsafe getenv("GIL_EXPORTER_SANITIZER") != nil
}
