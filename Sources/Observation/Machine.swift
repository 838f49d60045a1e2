/// What a program is compiled for. The raw value is `e_machine` of its file: elf(5).
package enum Machine: UInt16, Sendable, Hashable {
    /// EM_X86_64
    case amd64 = 62
    /// EM_AARCH64
    case arm64 = 183

    #if arch(arm64)
        package static let current = Machine.arm64
    #else
        package static let current = Machine.amd64
    #endif

    /// The bytes of a `pthread_mutex_t`: __SIZEOF_PTHREAD_MUTEX_T in bits/pthreadtypes-arch.h of glibc; musl has 40 on
    /// both, and keeps to itself who waits behind it.
    var mutexSize: Int {
        switch self {
        case .amd64: 40
        case .arm64: 48
        }
    }
}
