import Linux

/// Where the control socket is, unless somebody says otherwise.
package enum ControlSocketPath {
    private static let name = "control.sock"

    /// In the directory that the service manager has made for this service, `RuntimeDirectory=` in systemd.exec(5); it
    /// names it in the environment of `ExecStart=` and of `ExecReload=` alike. Nil outside of a service.
    package static var ofThisService: String? {
        // Several directories are separated by colons.
        Environment.value("RUNTIME_DIRECTORY")?.split(separator: ":").first.map { "\($0)/\(name)" }
    }

    /// Where the packaged service has it, for those who ask from outside.
    package static let ofPackagedService = "/run/gil-exporter/\(name)"
}
