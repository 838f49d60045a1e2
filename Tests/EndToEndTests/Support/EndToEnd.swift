import Dispatch
import Glibc
import Linux
import Testing

/// Every test of the built program.
///
/// Serialized, because each test runs countdowns on all CPUs; two at a time would disturb each other.
@Suite(.serialized, .timeLimit(.minutes(2))) enum EndToEnd {}

/// Requirements of tests, and the reason that is reported if a test is skipped.
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

/// The program under test.
enum Binary {
    static let path: String = {
        if let path = Environment.value("GIL_EXPORTER_BINARY") { return path }
        // The test program is in the same directory.
        let tests = (try? SymbolicLink.target(of: "/proc/self/exe")) ?? ""
        return tests.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/gil-exporter"
    }()

    /// The path of an installed program, found as a shell does; nil if it is missing.
    static func installed(_ name: String) -> String? {
        let directories = (Environment.value("PATH") ?? "").split(separator: ":") + ["/usr/bin"]
        return directories.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }
}

/// Runs blocking code on a thread of its own: the cooperative pool has only as many threads as CPUs.
enum BlockingThread {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            start { continuation.resume(with: Result(catching: body)) }
        }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
        // A private queue never waits for the work of another one, unlike the global queues.
        DispatchQueue(label: "blocking").async(execute: body)
    }
}
