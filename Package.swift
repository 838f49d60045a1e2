// swift-tools-version: 6.2

import PackageDescription

/// The sanitizers that the fuzzer is built with, as `-sanitize` takes them. `make fuzz` builds it apart from everything
/// else: every module of ours is compiled with libFuzzer's counters and, unless it is left out, with AddressSanitizer. The
/// modules are optimised even in this debug build; the dependencies are not.
let fuzzerSanitizers = Context.environment["GIL_EXPORTER_FUZZER_SANITIZERS"].map { "-sanitize=\($0)" }

/// What every Swift target of ours is compiled with. One list, so that no module is held to less than another.
let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ] + (fuzzerSanitizers.map { [.unsafeFlags(["-O", $0])] } ?? [])

/// The commit that is built, for `gil_exporter_build_info`; a tree without git says so.
let revision: String = {
    guard let git = Context.gitInformation else { return Context.environment["GIL_EXPORTER_REVISION"] ?? "unknown" }
    return String(git.currentCommit.prefix(12)) + (git.hasUncommittedChanges ? "-dirty" : "")
}()

/// The styles and scripts of pages.
let pages = [
    "StatusPage/status.css", "StatusPage/status.js", "Profiles/flamegraph.css", "Profiles/flamegraph.js",
]

/// The runbooks of the alerts, which the exporter serves.
let runbooks = [
    "GILBoundProcesses", "GILCameBack", "GILExporterDown", "GILExporterReloadFailed", "GILHostStarved",
    "GILLatencyHigh", "GILLongHolds", "GILObservationBlind", "GILObservationLimited", "GILParallelCapacityLost",
    "GILProbeFailing", "GILProbesStale", "GILSaturatedEventLoop",
].map { "Runbooks/\($0).md" }

/// The pages of the documentation that the exporter serves.
let documents = [
    "configuration", "groups", "groups-api", "metrics", "observation", "probes", "questions", "rounds-api",
].map { "Documents/\($0).md" }

let hummingbird: [Target.Dependency] = [
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOTLS", package: "swift-nio"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// libFuzzer and its counters need `-sanitize=fuzzer`, without which this program does not link.
let fuzzer: [Target] =
    fuzzerSanitizers.map { sanitizers in
        [
            .executableTarget(
                name: "Fuzzer",
                dependencies: ["FuzzTargets"],
                path: "Tests/Fuzzer",
                swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
                // gold, the default, warns of every symbol of AddressSanitizer.
                linkerSettings: [.unsafeFlags([sanitizers, "-use-ld=lld"])]
            )
        ]
    } ?? []

let package = Package(
    name: "gil-exporter",
    products: [.executable(name: "gil-exporter", targets: ["gil-exporter"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "gil-exporter",
            dependencies: ["Commands"],
            swiftSettings: strict
        ),
        .target(
            name: "Commands",
            dependencies: [
                "ConfigurationFiles", "Daemon", "Exposition", "Linux", "Notation", "Observation", "Probing", "Reports",
                "Systemd", "Web", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Daemon",
            dependencies: [
                "CBuildInfo", "ConfigurationFiles", "Exposition", "Linux", "Notation", "Observation", "Probing",
                "Reports", "Systemd", "Web", logging, lifecycle,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Web",
            dependencies: ["CCrypt", "CZlib", "Exposition", "Linux", "Notation", logging, lifecycle] + hummingbird,
            swiftSettings: strict
        ),
        .target(
            name: "ConfigurationFiles",
            dependencies: ["CYAML", "Linux", "Notation", "Observation", "Probing", "Web"],
            swiftSettings: strict
        ),
        .target(
            name: "Reports",
            dependencies: ["Linux", "Observation", "Probing"],
            resources: (pages + runbooks + documents).map { .embedInCode($0) },
            swiftSettings: strict
        ),
        .target(
            name: "Probing",
            dependencies: ["CLinux", "Exposition", "Linux", logging],
            resources: [.embedInCode("CPython/countdown.py")],
            swiftSettings: strict
        ),
        .target(name: "Observation", dependencies: ["CPCRE2", "Exposition", "Linux", logging], swiftSettings: strict),
        .target(name: "Systemd", dependencies: ["CSystemd", "Linux"], swiftSettings: strict),
        .target(name: "Exposition", dependencies: ["Linux"], swiftSettings: strict),
        .target(name: "Linux", dependencies: ["CLinux"], swiftSettings: strict),
        .target(name: "Notation", swiftSettings: strict),
        .target(name: "CLinux"),
        .target(name: "CBuildInfo", cSettings: [.define("GIL_EXPORTER_REVISION", to: "\"\(revision)\"")]),
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .target(
            name: "TestSupport",
            dependencies: ["Exposition", "Linux", logging],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "ConfigurationFiles", "Daemon", "Exposition", "Linux", "Notation", "Observation", "Probing", "Systemd",
                "TestSupport", "Web", logging, lifecycle,
            ] + hummingbird,
            path: "Tests/FuzzTargets",
            swiftSettings: strict
        ),
        .testTarget(name: "LinuxTests", dependencies: ["Linux", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "FuzzTargetsTests",
            dependencies: ["FuzzTargets", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(name: "NotationTests", dependencies: ["Notation"], swiftSettings: strict),
        .testTarget(name: "ExpositionTests", dependencies: ["Exposition", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ProbingTests",
            dependencies: ["Probing", "Linux", "Exposition", "TestSupport", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ObservationTests",
            dependencies: ["Exposition", "Linux", "Observation", "TestSupport", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReportsTests",
            dependencies: ["Linux", "Observation", "Probing", "Reports", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(name: "SystemdTests", dependencies: ["Linux", "Systemd", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ConfigurationFilesTests",
            dependencies: [
                "ConfigurationFiles", "Linux", "Notation", "Observation", "Probing", "TestSupport", "Web",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WebTests",
            dependencies: ["CZlib", "Web", "Exposition", "Linux", "TestSupport", logging, lifecycle] + hummingbird,
            swiftSettings: strict
        ),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "ConfigurationFiles", "Daemon", "Exposition", "Linux", "Observation", "Probing", "Systemd",
                "TestSupport", "Web", logging, lifecycle,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "Commands", "Daemon", "Linux", "Observation", "Probing", "Web",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["gil-exporter", "Exposition", "Linux", "TestSupport"],
            swiftSettings: strict
        ),
    ] + fuzzer
)
