import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Answers the requests of all connections.
struct Responder: Sendable {
    let routes: Routes
    /// Nil: everybody is let in.
    let access: WebAccess?
    let connections: Connections
    let logger: Logger

    /// Throws only when the response cannot be written, which ends the connection.
    @Sendable @concurrent
    func respond(to request: Request, writer: consuming ResponseWriter, channel: any Channel) async throws {
        let refusal = await access?.refusal(of: request, from: connections.guesser(on: channel))
        let route = refusal.map { refusal in Route("") { _ in refusal } } ?? routes.route(to: request)
        route.metrics?.began()
        var response: Response
        do {
            response = try await route.respond(request)
        } catch {
            route.metrics?.failed(.gathering)
            logger.error(
                "Cannot answer a request",
                metadata: ["path": "\(request.uri.path)", "error": "\(error)"]
            )
            response = .text("internal server error; the log has the cause\n", status: .internalServerError)
        }
        if request.method == .head { response = response.createHeadResponse() }
        access?.addHeaders(to: &response)
        // RFC 9110, 6.6.1: whoever has a clock sends the time.
        response.headers[.date] = HTTPDate.now()
        defer { route.metrics?.ended(response.status) }
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
            route.metrics?.failed(.encoding)
            logger.debug("A client left before its response", metadata: ["error": "\(error)"])
            throw error
        }
    }
}
