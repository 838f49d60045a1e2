/// What a program is compiled for. The raw value is `e_machine` of its file: elf(5).
package enum Machine: UInt16, Sendable, Hashable {
    /// EM_X86_64
    case x86_64 = 62
    /// EM_AARCH64
    case aarch64 = 183

    #if arch(arm64)
    package static let current = Machine.aarch64
    #else
    package static let current = Machine.x86_64
    #endif

    /// The bytes of a `pthread_mutex_t`: __SIZEOF_PTHREAD_MUTEX_T in bits/pthreadtypes-arch.h of glibc; musl has 40 on
    /// both, and keeps to itself who waits behind it.
    var mutexSize: Int {
        switch self {
        case .x86_64: 40
        case .aarch64: 48
        }
    }
}
