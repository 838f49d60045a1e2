/// Configurations with short rounds.
enum Configurations {
    /// Countdowns of some hundredths of a second, and one round per second.
    static let quick = configuration(
        """
        runtimes:
          discover: none
          list:
            - name: native
              iterations: 60000000
            - name: python3
              python: [python3]
              iterations: 1000000
        """
    )

    /// Only the built-in runtime.
    static let native = configuration(
        """
        runtimes:
          discover: none
          list:
            - name: native
              iterations: 60000000
        """
    )

    /// A round of one probe that does not end by itself.
    static func endless(_ runtime: String, _ probe: String) -> String {
        let command = runtime == "native" ? "" : "python: [\(runtime)]"
        return configuration(
            """
            runtimes:
              discover: none
              list:
                - name: \(runtime)
                  iterations: 6000000000000
                  \(command)
            """,
            probing: "  time_limit: 10m\n  probes: [\(probe)]"
        )
    }

    /// The built-in runtime, and worker programs named after their files.
    static func programs(_ paths: [String], probing: String = "") -> String {
        let entries = paths.map { path in
            "    - name: \(path.split(separator: "/").last ?? "")\n      program: [\(path)]\n"
        }
        return configuration(
            "runtimes:\n  discover: none\n  list:\n    - name: native\n      iterations: 20000000\n\(entries.joined())",
            probing: probing
        )
    }

    private static func configuration(_ runtimes: String, probing: String = "") -> String {
        "probing:\n  interval: 1s\n  cpu_budget: 100%\n\(probing)\n\(runtimes)\n"
    }
}
