import Glibc
import Testing

/// What a test needs of the host, and the reason that is given where it is skipped.
extension Trait where Self == ConditionTrait {
    static var needsPrometheus: Self {
        .enabled(
            if: Prometheus.isInstalled && Promtool.isInstalled,
            "needs prometheus and promtool on PATH (Debian: prometheus)"
        )
    }

    static func needs(_ program: String) -> Self {
        .enabled(if: Binary.installed(program) != nil, "needs \(program) on PATH (Debian: \(program))")
    }

    static var needsPython: Self {
        .enabled(if: Binary.installed("python3") != nil, "needs python3 on PATH (Debian: python3)")
    }

    static var needsRoot: Self {
        .enabled(if: geteuid() == 0, "needs to be root, to mount")
    }
}
