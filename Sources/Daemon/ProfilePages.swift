import Linux
import Notation
import Observation
import Reports
import Synchronization
import Web

/// The pages about profiles: for pprof and continuous profilers, and as flame graphs.
struct ProfilePages: Sendable {
    let options: ServeOptions
    /// What held the locks of each group since the start.
    let profiles: @Sendable () -> [String: LockProfile]
    private let start = KernelClock.monotonic()
    /// Requests that wait for the end of their time.
    private let waiting = WaitingRequests()

    private static let mutexPath = "/debug/pprof/mutex"
    private static let blockPath = "/debug/pprof/block"
    private static let groupPath = "/debug/pprof/gil/"
    private static let targetsPath = "/api/v1/sd/pprof"

    init(options: ServeOptions, profiles: @escaping @Sendable () -> [String: LockProfile]) {
        self.options = options
        self.profiles = profiles
    }

    var routes: [Route] {
        [
            .profile(at: Self.mutexPath, external: options.externalURL) { seconds in
                try await profile(of: .holders, in: nil, seconds: seconds)
            },
            .profile(at: Self.blockPath, external: options.externalURL) { seconds in
                try await profile(of: .waiters, in: nil, seconds: seconds)
            },
            .profiles(below: Self.groupPath, external: options.externalURL) { group, seconds in
                try await profile(of: .holders, in: group, seconds: seconds)
            },
            .profiles(below: "\(Self.blockPath)/", external: options.externalURL) { group, seconds in
                try await profile(of: .waiters, in: group, seconds: seconds)
            },
            .json(at: Self.targetsPath) { address in try targets(at: address) },
            .pages(below: ReportPath.flameGraphs) { group, nonce in graph(of: group)?.source(nonce: nonce) },
        ]
    }

    /// The profile of a group, or of all, with Go's types of a mutex or block profile.
    ///
    /// - Parameter seconds: for so long from now on; nil: since the start.
    private func profile(
        of side: LockProfile.Side,
        in group: String?,
        seconds: Double?
    ) async throws -> ProfileAnswer {
        let before = profiles().mapValues { $0[side] }
        if let group, before[group] == nil { return .unknown(Self.complaint(about: group, before)) }
        var current = before
        var duration = KernelClock.monotonic() - start
        if let seconds {
            guard waiting.begin() else { return .busy }
            defer { waiting.end() }
            let begin = KernelClock.monotonic()
            try await Task.sleep(for: .seconds(seconds))
            current = profiles().mapValues { $0[side] }.since(before)
            duration = KernelClock.monotonic() - begin
        }
        let profile = group.map { current[$0] ?? StackProfile() } ?? current.joined
        let time = UInt64(KernelClock.unixTime() * 1e9)
        return .profile(ProfileProto(profile, .contention, time: time, duration: duration).bytes)
    }

    /// A target for each group, in the format of Prometheus's HTTP service discovery.
    private func targets(at address: String) throws -> [UInt8] {
        let prefix = (options.externalURL?.prefix ?? options.routes.prefix).path(of: Self.groupPath)
        return try ProfileTargets.encode(groups: profiles().keys.sorted(), address: address, path: prefix)
    }

    private static func complaint(about group: String, _ known: [String: StackProfile]) -> String {
        let names = known.keys.sorted()
        let near = nearMiss(String(group.prefix(64)), among: names).map { "; did you mean \"\($0)\"?" } ?? ""
        return "no lock of a group \"\(group.prefix(64))\" was held\(near)"
    }

    private func graph(of group: String) -> FlameGraph? {
        guard let profile = profiles()[group]?.holders else { return nil }
        let seconds = Double.seconds(nanoseconds: KernelClock.monotonic() - start)
        let hasWaits = profile.total.wait > 0
        return FlameGraph(
            profile,
            title: "\(group): \(hasWaits ? "wait caused" : "time held")",
            summary: ProfileFindings(profile, seconds: seconds).description,
            costName: hasWaits ? "wait caused" : "time held",
            of: { hasWaits ? $0.wait : $0.held }
        )
    }
}

/// Limits how many requests wait at a time: each keeps a copy of all profiles.
private final class WaitingRequests: Sendable {
    private static let limit = 8

    private let count = Mutex(0)

    /// - Returns: whether one more may wait.
    func begin() -> Bool {
        count.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
    }

    func end() { count.withLock { $0 -= 1 } }
}
