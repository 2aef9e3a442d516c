import Base
@testable import Engine
import Graph
import HTTP
import Reactor
import Secure

/// The simulated world with TLS between the clients and the gateway.
final class SealedWorld: TLSWorld {
    private let trust: TLSContext
    private let bytes: CertificateBytes
    /// PROXY headers that are not whole yet: they go before TLS.
    private var introductions: [Int: [UInt8]] = [:]
    private let isIntroduced: Bool

    override init(_ script: WireScript, workers: Int, seed: UInt64, faults: SimulatedFaults) throws {
        isIntroduced = script.isIntroduced
        let authority = try TestAuthority()
        bytes = try authority.certificate("shop.example")
        trust = try authority.trust()
        try super.init(script, workers: workers, seed: seed, faults: faults)
    }

    override func publish(_ text: String) throws {
        update(.certificate(secret: "shop/tls", bytes))
        try super.publish(
            text.replacing(
                "listener http 0.0.0.0:8080\n", with: "listener https 0.0.0.0:8080\n  certificate * shop/tls\n"))
    }

    override func connect(from client: IPAddress) throws -> Int? {
        guard let end = try super.connect(from: client) else { return nil }
        if isIntroduced { introductions[end] = [] } else { try speak(end) }
        return end
    }

    private func speak(_ end: Int) throws { seal(end, try TLSMachine(trust, serverName: "shop.example")) }

    override func send(_ end: Int, _ bytes: [UInt8]) {
        guard let before = introductions[end] else { return super.send(end, bytes) }
        guard case .complete(let header) = ProxyHeader.parse((before + bytes).span) else {
            introductions[end] = before + bytes
            return super.send(end, bytes)
        }
        introductions[end] = nil
        super.send(end, Array(bytes.prefix(header.length - before.count)))
        do { try speak(end) } catch { preconditionFailure("no client: \(error)") }
        super.send(end, Array(bytes.dropFirst(header.length - before.count)))
    }

    /// How the outcome of a case is to be read, on both sides: what an endpoint learns of the scheme is all that differs, and that a
    /// client can tell an answer that breaks off from one that ends.
    static func reading(_ script: WireScript) -> (String) -> String {
        { text in
            let text = text.replacing("x-forwarded-proto: https", with: "x-forwarded-proto: http")
            return script.breaksOff ? text.replacing("{reset}", with: "{end}") : text
        }
    }
}
