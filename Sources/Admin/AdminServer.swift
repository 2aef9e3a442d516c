public import Base
import Serving

/// Serves admin pages on an address of their own.
public final class AdminServer: Sendable {
    private let server: Server

    /// The address that is really bound: a port of 0 was replaced.
    public var address: IPAddress { server.address }
    public var port: UInt16 { server.port }

    /// Binds and serves until `stop`. Throws when the address cannot be bound.
    public init(_ address: IPAddress, port: UInt16, pages: AdminPages) throws {
        var limits = ServingLimits()
        limits.bodyBytes = 64 << 10
        limits.connections = 64
        let handler = HandlerFunction { request in
            let answer = pages.answer(method: request.method, target: request.target)
            var response = ServedResponse(status: answer.status, contentType: answer.contentType, text: answer.body)
            response.headers.append("Cache-Control", "no-store")
            response.headers.append("X-Content-Type-Options", "nosniff")
            response.headers.append(
                "Content-Security-Policy",
                "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'")
            if answer.status == 405 { response.headers.append("Allow", "GET, HEAD") }
            return response
        }
        server = try Server(address, port: port, limits: limits, handler: handler)
    }

    public func stop() { server.stop(milliseconds: 500) }
}
