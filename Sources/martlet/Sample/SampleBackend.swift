import Base
import Serving
import Synchronization

/// A sample backend: a version of an application that says who it is. See `SampleAnswer` for what it answers.
///
/// A version whose name ends in `-fails-N` answers N of a hundred requests with 500, evenly spread: one to try what gateways make of it.
final class SampleBackend: Sendable {
    private let server: Server
    var port: UInt16 { server.port }

    /// - Parameter name: what `x-pod` says.
    init(_ address: IPAddress, port: UInt16, version: String, name: String) throws {
        var limits = ServingLimits()
        limits.bodyBytes = 64 << 20
        let failures = Failures(version: version)
        let handler = HandlerFunction { request in
            var answer = SampleAnswer(
                version: version, method: request.method, target: request.target, headers: request.headers.entries,
                body: request.body)
            if failures.isNext() { answer.status = 500 }
            var headers: HeaderFields = ["Content-Type": answer.contentType]
            headers.append("x-version", version)
            headers.append("x-pod", name)
            return ServedResponse(status: answer.status, headers: headers, body: .bytes(answer.body))
        }
        server = try Server(address, port: port, limits: limits, handler: handler)
    }

    func stop() { server.stop(milliseconds: 1000) }
}

/// Which requests a version fails.
private final class Failures: Sendable {
    private let percent: Int
    private let count = Atomic<Int>(0)

    init(version: String) {
        let words = version.split(separator: "-")
        percent = words.suffix(2).first == "fails" ? words.last.flatMap { Int($0) } ?? 0 : 0
    }

    func isNext() -> Bool {
        guard percent > 0 else { return false }
        let (before, after) = count.add(1, ordering: .relaxed)
        return before * percent / 100 != after * percent / 100
    }
}
