import CBuildInfo
package import Exposition

/// Which program this is.
package enum BuildInfo {
    /// The version, here and nowhere else.
    package static let version = "0.1.0"

    /// The commit that was built, or "unknown".
    package static var revision: String { unsafe String(cString: gil_exporter_revision) }

    /// The compiler that built it. A program can ask for its compiler's version only by comparison.
    package static var swiftVersion: String {
        #if compiler(>=6.5)
            "6.5 or newer"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    /// What `--version` says.
    package static var description: String {
        "gil-exporter \(version) (revision \(revision), Swift \(swiftVersion))"
    }

    package static func register(in registry: Registry) {
        let infos = registry.infos(
            "gil_exporter_build_info",
            help: "Version of this exporter, the commit that it was built from, and the compiler that built it.",
            labels: ["version", "revision", "swift_version"]
        )
        infos.with(version, revision, swiftVersion)
    }
}
