import Glibc
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Answers the requests of all connections.
struct Responder: Sendable {
    let routes: Routes
    /// Nil: every request is admitted.
    let access: WebAccess?
    let connections: Connections
    let logger: Logger

    /// - Throws: only if the response cannot be written, which ends the connection.
    @Sendable @concurrent
    func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        if let refusal = await access?.refusal(of: request, from: connections.guesser(on: channel)) {
            return try await write(refusal, to: request, writer)
        }
        let route = routes.route(to: request)
        route.metrics?.began()
        let response: Response
        do {
            response = try await route.respond(request)
        } catch {
            route.metrics?.failed(.gathering)
            logger.error(
                "Cannot answer a request",
                metadata: ["path": "\(request.uri.path)", "err": "\(error)"]
            )
            response = .text("internal server error; see the log for the cause\n", status: .internalServerError)
        }
        defer { route.metrics?.ended(response.status) }
        do {
            try await write(response, to: request, writer)
        } catch {
            route.metrics?.failed(.encoding)
            throw error
        }
    }

    @concurrent
    private func write(_ response: Response, to request: Request, _ writer: consuming ResponseWriter) async throws {
        var response = request.method == .head ? response.createHeadResponse() : response
        access?.addHeaders(to: &response)
        // A server with a clock sends the date: RFC 9110, 6.6.1.
        response.headers[.date] = HTTPDate.now()
        logger.debug(
            "Answered a request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(response.status.code)",
            ]
        )
        do {
            // One write of head and body: two would meet Nagle's algorithm and delayed acknowledgements.
            try await writer.write(response: response.head, body: response.body)
        } catch {
            logger.debug("A client left before its response", metadata: ["err": "\(error)"])
            throw error
        }
    }
}

/// The date in HTTP headers, `Sun, 06 Nov 1994 08:49:37 GMT`: IMF-fixdate of RFC 9110, 5.6.7.
enum HTTPDate {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Formatted for every response: a cache would need a timer that wakes the process every second.
    static func now() -> String { text(time(nil)) }

    /// - Parameter seconds: since 1970, UTC.
    static func text(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = unsafe "\(weekdays[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        return
            unsafe "\(day) \(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
