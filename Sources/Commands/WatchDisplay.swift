import Linux
import Observation
import Reports

/// Prints watched processes or services: over the previous ones on a terminal, otherwise with the time.
struct WatchDisplay {
    let isJSON: Bool
    let byService: Bool
    /// Whether there is more than one output.
    let isLive: Bool
    private let output = StandardStream.output
    private let isColoured: Bool

    init(isJSON: Bool, byService: Bool, isLive: Bool) {
        self.isJSON = isJSON
        self.byService = byService
        self.isLive = isLive
        isColoured = output.isTerminal && Self.allowsColours(Environment.value)
    }

    /// Whether each output replaces the previous one.
    var redraws: Bool { isLive && !isJSON && output.isTerminal }

    func show(_ found: [WatchedProcess]) throws {
        let time = KernelClock.unixTime()
        let services = byService ? WatchedService.all(of: found) : []
        if isJSON {
            for service in services { try output.write(WatchJSON.encode(service, at: time)) }
            for process in found where !byService { try output.write(WatchJSON.encode(process, at: time)) }
            return
        }
        guard !found.isEmpty else { return }
        var style = WatchTable.Style()
        style.isColoured = isColoured
        if output.isTerminal {
            style.columns = output.columns
            if redraws { style.lines = output.lines }
        } else {
            style.time = WatchJSON.rfc3339(time)
        }
        let grouped = found.filter { $0.service != nil }
        let table =
            byService
            ? WatchTable(services: services, all: grouped, style: style) : WatchTable(found, style: style)
        // Moves to the first line and erases the screen: CUP and ED of ECMA-48.
        try output.write((redraws ? "\u{1B}[H\u{1B}[J" : "") + table.description)
    }

    /// Any value of NO_COLOR but an empty one forbids colours: https://no-color.org.
    static func allowsColours(_ variable: (String) -> String?) -> Bool {
        (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb"
    }
}

/// The pauses between the outputs. On a terminal a key ends the watch.
struct WatchPause {
    private let interval: Duration
    private let keys: TerminalKeys?

    init(_ interval: Duration, hasKeys: Bool) throws {
        self.interval = interval
        keys = hasKeys ? TerminalKeys() : nil
        guard let keys else { return }
        // The signals would leave the terminal without an echo.
        let stops = try StopSignals(limit: .seconds(1), status: 1) {}
        stops.handle {
            keys.restore()
            StopSignals.endBySignal()
        }
    }

    /// - Returns: whether there is another output.
    func wait() async throws -> Bool {
        guard let keys else {
            try await Task.sleep(for: interval)
            return true
        }
        let end = MonotonicInstant.now + interval
        while let key = keys.next(until: end) {
            if Self.ends(key) { return false }
        }
        return true
    }

    /// Gives the terminal back.
    func end() { keys?.restore() }

    /// q, and ^D, which ends the input of most programs; 0 if the terminal has gone.
    static func ends(_ key: UInt8) -> Bool { [UInt8(ascii: "q"), UInt8(ascii: "Q"), 4, 0].contains(key) }
}
