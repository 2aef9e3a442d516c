import Base
import Serving

/// A sample backend: a version of an application that says who it is. See `SampleAnswer` for what it answers.
final class SampleBackend: Sendable {
    private let server: Server
    var port: UInt16 { server.port }

    /// - Parameter name: what `x-pod` says.
    init(_ address: IPAddress, port: UInt16, version: String, name: String) throws {
        var limits = ServingLimits()
        limits.bodyBytes = 64 << 20
        let handler = HandlerFunction { request in
            let answer = SampleAnswer(
                version: version, method: request.method, target: request.target, headers: request.headers.entries,
                body: request.body)
            var headers: HeaderFields = ["Content-Type": answer.contentType]
            headers.append("x-version", version)
            headers.append("x-pod", name)
            return ServedResponse(status: answer.status, headers: headers, body: .bytes(answer.body))
        }
        server = try Server(address, port: port, limits: limits, handler: handler)
    }

    func stop() { server.stop(milliseconds: 1000) }
}
