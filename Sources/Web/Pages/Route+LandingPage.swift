import HTTPTypes
import HummingbirdCore
import NIOCore

extension Route {
    /// A page that never changes, at `/`.
    package static func landing(_ page: LandingPage) -> Route {
        let html = ByteBuffer(string: page.html)
        return Route("/") { _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "text/html; charset=utf-8",
                    .contentSecurityPolicy:
                        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                    .xContentTypeOptions: "nosniff",
                ],
                body: ResponseBody(byteBuffer: html)
            )
        }
    }
}
