import Dispatch
import HTTPTypes
import HummingbirdCore
import Linux
import NIOSSL

/// Lets requests and connections in as the configuration that is in force says, which may be replaced at any time.
package final class WebAccess: Sendable {
    private struct State {
        var configuration: WebConfiguration
        var bucket: TokenBucket?
        var watch: FileWatch

        init(_ configuration: WebConfiguration, now: UInt64) {
            self.configuration = configuration
            bucket = configuration.rateLimit.map { TokenBucket($0, now: now) }
            watch = FileWatch(configuration.files, now: now)
        }
    }

    private let state: Protected<State>
    private let passwords = PasswordCheck()
    /// Not the event loop, which a file on a dead mount would hold up.
    private let looking = DispatchQueue(label: "web configuration files", qos: .utility)
    /// Has an element when a file of the configuration is not the one any more that was read. For one reader.
    package let fileChanges: AsyncStream<Void>
    private let filesChanged: AsyncStream<Void>.Continuation

    package init(_ configuration: WebConfiguration) {
        state = Protected(State(configuration, now: KernelClock.monotonic()))
        (fileChanges, filesChanged) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Puts another configuration into force, for requests and connections from now on.
    package func replace(with configuration: WebConfiguration) {
        let now = KernelClock.monotonic()
        state.withLock { state in
            var replaced = State(configuration, now: now)
            // The same limit goes on counting: a reload is no way around it.
            if let bucket = state.bucket, bucket.limit == configuration.rateLimit { replaced.bucket = bucket }
            state = replaced
        }
    }

    /// What new connections are encrypted with, if they are.
    var tls: ServerTLS? {
        lookAtFiles()
        return state.withLock { $0.configuration.tls }
    }

    /// The answer to a request that is not let in; nil when it is.
    func refusal(of request: Request, from guesser: Guesser) async -> Response? {
        lookAtFiles()
        let (hasToken, users) = state.withLock { state in
            (state.bucket?.take(now: KernelClock.monotonic()) ?? true, state.configuration.users)
        }
        guard hasToken else { return .tooManyRequests("too many requests; the exporter's rate_limit allows no more\n") }
        guard !users.isEmpty else { return nil }
        guard let credentials = request.headers[.authorization].flatMap(BasicCredentials.init(authorization:)) else {
            return .unauthorized
        }
        return switch await passwords.check(credentials, users: users, of: guesser) {
        case .right: nil
        case .wrong: .unauthorized
        case .busy: .tooManyRequests("too many passwords are being checked; try again\n")
        }
    }

    /// The fields that every response has.
    func addHeaders(to response: inout Response) {
        for (name, value) in state.withLock({ $0.configuration.headers }) {
            guard let name = HTTPField.Name(name) else { continue }
            response.headers[name] = value
        }
    }

    private func lookAtFiles() {
        guard let paths = state.withLock({ $0.watch.beginLook(now: KernelClock.monotonic()) }) else { return }
        looking.async { [state, filesChanged] in
            let seen = paths.map(FileWatch.Stamp.init)
            if state.withLock({ $0.watch.endLook(seen, now: KernelClock.monotonic()) }) { filesChanged.yield() }
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
