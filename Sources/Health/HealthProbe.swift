import Base
import Dispatch
import Fetch
import Graph
import Reactor

/// Asks one endpoint once.
///
/// Certificates of endpoints are not verified, as the kubelet does not: what is asked is whether it serves, not who it is. Redirects
/// are not followed. Each question has a connection of its own, so that it also says whether one can be had.
struct HealthProbe: Sendable {
    // Proxies of the environment are for the outside world.
    private let plain = Client(.init(proxy: "", userAgent: HealthProbe.name, http2: false))
    private let framed = Client(.init(proxy: "", userAgent: HealthProbe.name, speaksHTTP2AtOnce: true))
    private let sealed = Client(.init(tls: TLSOptions(insecure: true), proxy: "", userAgent: HealthProbe.name))
    private static let name = "martlet-health-check"

    /// Nil when it is well, else what is wrong, in words.
    func trouble(_ inquiry: HealthMachine.Inquiry) async -> String? {
        switch inquiry.check.question {
        case .tcp: await knock(inquiry)
        case .http(let path): await get(path, inquiry)
        case .grpc(let service): await call(service, inquiry)
        }
    }

    private func knock(_ inquiry: HealthMachine.Inquiry) async -> String? {
        guard let ip = IPAddress(inquiry.target.address) else { return "no address" }
        let address = SocketAddress(ip, inquiry.target.port)
        let limit = UInt64(max(1, inquiry.check.timeout.wholeMilliseconds))
        // Knocking blocks, which threads of tasks must not.
        return await withCheckedContinuation { done in
            DispatchQueue.global().async {
                let found = try? Knock.answering([address], each: limit, within: limit)
                done.resume(returning: found?.contains(address) == true ? nil : "no connection is accepted")
            }
        }
    }

    private func get(_ path: String, _ inquiry: HealthMachine.Inquiry) async -> String? {
        var request = Request("GET", url(inquiry, path), timeouts: timeouts(inquiry))
        request.hasOwnConnection = true
        do throws(FetchError) {
            let status = try await client(inquiry).stream(request).head.status
            return (200..<400).contains(status) ? nil : "it answers \(status)"
        } catch { return error.description }
    }

    private func call(_ service: String, _ inquiry: HealthMachine.Inquiry) async -> String? {
        var request = Request(
            "POST", url(inquiry, "/grpc.health.v1.Health/Check"),
            headers: [Header("content-type", "application/grpc"), Header("te", "trailers")],
            body: GRPCHealth.request(service), timeouts: timeouts(inquiry), maximumBody: 4096)
        request.hasOwnConnection = true
        do throws(FetchError) {
            let response = try await client(inquiry).send(request)
            guard response.status == 200 else { return "it answers \(response.status)" }
            if let status = response.head.header("grpc-status"), status != "0" {
                return "it answers with gRPC's status \(status)"
            }
            return GRPCHealth.isServing(response.body) ? nil : "it says that it does not serve"
        } catch { return error.description }
    }

    private func client(_ inquiry: HealthMachine.Inquiry) -> Client {
        switch inquiry.upstream {
        case .https, .h2, .grpcs: sealed
        case .h2c, .grpc: framed
        default:
            if case .grpc = inquiry.check.question { framed } else { plain }
        }
    }

    private func url(_ inquiry: HealthMachine.Inquiry, _ path: String) -> String {
        let scheme = inquiry.upstream.isSealed ? "https" : "http"
        return "\(scheme)://\(inquiry.target.endpoint)\(path)"
    }

    private func timeouts(_ inquiry: HealthMachine.Inquiry) -> Fetch.Timeouts {
        Fetch.Timeouts(connect: inquiry.check.timeout, total: inquiry.check.timeout)
    }
}

/// The messages of `grpc.health.v1.Health` (gRPC health checking protocol), which are too small for a library.
enum GRPCHealth {
    /// `HealthCheckRequest { string service = 1; }` behind gRPC's prefix of five bytes. Names beyond 127 bytes are cut.
    static func request(_ service: String) -> [UInt8] {
        let name = Array(service.utf8.prefix(127))
        let message: [UInt8] = name.isEmpty ? [] : [0x0a, UInt8(name.count)] + name
        return [0, 0, 0, 0, UInt8(message.count)] + message
    }

    /// Whether the first message is `HealthCheckResponse { ServingStatus status = 1; }` with SERVING, which is 1.
    static func isServing(_ body: [UInt8]) -> Bool {
        body.count >= 7 && body[0] == 0 && body[1..<4].allSatisfy { $0 == 0 } && body[4] >= 2 && body[5] == 0x08 && body[6] == 1
    }
}
