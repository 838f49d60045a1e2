package import ArgumentParser
import Daemon

/// `gil-exporter`, the root of what a person types.
package struct GILExporter: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "gil-exporter",
        abstract: "Exports to Prometheus what Python's Global Interpreter Lock costs on this host.",
        discussion: """
            Runs the countdown `while n > 0: n -= 1` every minute by one thread, by threads that contend for a GIL, by \
            threads without a lock and by several processes, on a native runtime and on the host's Python, and serves \
            what it measures on http://localhost:10061/metrics. Needs no configuration and no privilege.
            """,
        version: BuildInfo.description,
        subcommands: [Serve.self, ProbeOnce.self, Watch.self, CheckConfig.self, Reload.self, Worker.self],
        defaultSubcommand: Serve.self
    )

    package init() {}
}
