import CBuildInfo
package import Exposition

/// Version, revision and compiler of this program.
package enum BuildInfo {
    /// The version: a copy of the file VERSION, with which a test compares it.
    package static let version = "0.1.0"

    /// The commit that was built, or "unknown".
    package static var revision: String { unsafe String(cString: gil_exporter_revision) }

    /// The version of the compiler, which a program can only find by comparison.
    static var swiftVersion: String {
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

    /// The output of `--version`.
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
