/// Where a listening socket comes from.
package enum Listener: Sendable, Hashable, CustomStringConvertible {
    /// This program binds it.
    case address(ListenAddress)
    /// Somebody else has bound it and passed it in, as systemd does with socket activation: sd_listen_fds(3).
    case inherited(descriptor: CInt)

    package var description: String {
        switch self {
        case .address(let address): address.description
        case .inherited(let descriptor): "inherited descriptor \(descriptor)"
        }
    }
}
