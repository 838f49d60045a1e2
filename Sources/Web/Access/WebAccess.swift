import Dispatch
import HTTPTypes
import HummingbirdCore
package import Linux
import NIOSSL

/// The settings of the web configuration file of the Prometheus exporter toolkit: TLS, users and limits.
package struct WebConfiguration: Sendable {
    /// Nil: plain HTTP.
    package var tls: ServerTLS?
    /// Header fields of every response.
    package var headers: [String: String] = [:]
    package var users = Users([:])
    /// Nil: no limit.
    package var rateLimit: RateLimit?
    /// The files that these settings were read from, and what was there when they were read.
    package var files: [String] = []
    package var identities: [FileIdentity?] = []

    /// Plain HTTP for everybody.
    package init() {}
}

/// The rate at which requests are answered: one per interval, and a burst after a rest.
package struct RateLimit: Sendable, Equatable {
    package var interval: Duration
    package var burst: Int

    package init(interval: Duration, burst: Int) {
        self.interval = interval
        self.burst = burst
    }
}

/// The tokens of a rate limit: each request takes one, and one comes back per interval.
struct TokenBucket: Sendable {
    let limit: RateLimit
    private var tokens: Double
    private var counted: UInt64

    /// - Parameter now: nanoseconds of the monotonic clock.
    init(_ limit: RateLimit, now: UInt64) {
        self.limit = limit
        tokens = Double(limit.burst)
        counted = now
    }

    /// Takes a token.
    ///
    /// - Returns: false if there is none.
    mutating func take(now: UInt64) -> Bool {
        let elapsed = Double(now - counted) / Double(limit.interval.nanoseconds)
        tokens = min(Double(limit.burst), tokens + elapsed)
        counted = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}

/// Admits connections and requests by the current web configuration, which may be replaced at any time.
package final class WebAccess: Sendable {
    private struct State {
        var configuration: WebConfiguration
        var bucket: TokenBucket?
        var watch: FileWatch

        init(_ configuration: WebConfiguration, now: UInt64) {
            self.configuration = configuration
            bucket = configuration.rateLimit.map { TokenBucket($0, now: now) }
            watch = FileWatch(configuration.files, configuration.identities, now: now)
        }
    }

    /// The time for which changed files must stay the same before they are read.
    private static let settling = DispatchTimeInterval.seconds(1)

    private let state: Protected<State>
    private let passwords = PasswordCheck()
    /// Looks at files. The event loop must not, because a dead mount would block it.
    private let looking = DispatchQueue(label: "web configuration files", qos: .utility)
    /// Has an element when a file of the configuration has changed. For one reader.
    package let fileChanges: AsyncStream<Void>
    private let filesChanged: AsyncStream<Void>.Continuation

    package init(_ configuration: WebConfiguration) {
        state = Protected(State(configuration, now: KernelClock.monotonic()))
        (fileChanges, filesChanged) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Applies another configuration to all requests and connections from now on.
    package func replace(with configuration: WebConfiguration) {
        let now = KernelClock.monotonic()
        state.withLock { state in
            var replaced = State(configuration, now: now)
            // An unchanged limit keeps its tokens, so a reload does not reset it.
            if let bucket = state.bucket, bucket.limit == configuration.rateLimit { replaced.bucket = bucket }
            state = replaced
        }
    }

    /// The encryption of new connections; nil: none.
    var tls: ServerTLS? {
        lookAtFiles()
        return state.withLock { $0.configuration.tls }
    }

    /// Checks rate limit and password of a request.
    ///
    /// - Returns: the answer to a request that is refused; nil for one that is admitted.
    func refusal(of request: Request, from guesser: Guesser) async -> Response? {
        lookAtFiles()
        let (hasToken, users) = state.withLock { state in
            (state.bucket?.take(now: KernelClock.monotonic()) ?? true, state.configuration.users)
        }
        guard hasToken else { return .tooManyRequests("too many requests; retry later or raise rate_limit\n") }
        guard !users.isEmpty else { return nil }
        guard let credentials = request.headers[.authorization].flatMap(BasicCredentials.init(authorization:)) else {
            return .unauthorized
        }
        return switch await passwords.check(credentials, users: users, of: guesser) {
        case .right: nil
        case .wrong: .unauthorized
        case .busy: .tooManyRequests("too many concurrent password checks; retry later\n")
        }
    }

    /// Adds the configured header fields.
    func addHeaders(to response: inout Response) {
        for (name, value) in state.withLock({ $0.configuration.headers }) {
            guard let name = HTTPField.Name(name) else { continue }
            response.headers[name] = value
        }
    }

    private func lookAtFiles() {
        guard let paths = state.withLock({ $0.watch.beginLook(now: KernelClock.monotonic()) }) else { return }
        looking.async { [state, looking, filesChanged] in
            let seen = paths.map(FileIdentity.init(path:))
            @Sendable func end(_ seen: [FileIdentity?]?) {
                if state.withLock({ $0.watch.endLook(seen, now: KernelClock.monotonic()) }) { filesChanged.yield() }
            }
            guard state.withLock({ $0.watch.isNews(seen) }) else { return end(seen) }
            // A program may have written only some of the files, or only the beginning of one.
            looking.asyncAfter(deadline: .now() + Self.settling) {
                end(paths.map(FileIdentity.init(path:)) == seen ? seen : nil)
            }
        }
    }
}

extension Response {
    fileprivate static var unauthorized: Response {
        var response = Response.text("unauthorized\n", status: .unauthorized)
        response.headers[.wwwAuthenticate] = "Basic realm=\"gil-exporter\", charset=\"UTF-8\""
        return response
    }

    fileprivate static func tooManyRequests(_ text: String) -> Response {
        var response = Response.text(text, status: .tooManyRequests)
        response.headers[.retryAfter] = "1"
        return response
    }
}
