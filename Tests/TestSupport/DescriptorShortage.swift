import Glibc
import Linux

/// A lack of descriptors, for a process of its own: `#expect(processExitsWith:)`. Those that are open stay so.
package enum DescriptorShortage {
    package static func begin() { limit(to: 0) }

    package static func end() {
        var limits = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        limit(to: limits.rlim_max)
    }

    private static func limit(to count: rlim_t) {
        var limits = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        limits.rlim_cur = count
        let result = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
        precondition(result == 0, "setrlimit: \(SystemError.message(errno))")
    }
}
