import Base
@testable import Engine
import Graph
import Reactor
import Secure
import TestKit

/// The simulated world with TLS between the gateway and the origins. What the gateway trusts is the Secret `shop/ca`, what it shows is
/// `shop/client`, and origins are `web.shop.svc` unless the case's option `origins: ADDRESS=KIND …` says otherwise.
final class SealedOrigins: TLSWorld {
    /// What is special about an origin.
    enum Kind: String {
        case good
        /// Nobody knows its authority.
        case stranger
        /// Its certificate is for another name.
        case misnamed
        /// Its certificate has ended.
        case ended
        /// It asks for a certificate of the gateway's, and knows its authority.
        case asks
        /// It asks for one by an authority that the gateway has nothing of.
        case demands
        /// It speaks plain HTTP.
        case plain
        /// It ends connections without saying so.
        case rude
        /// It accepts, and says nothing.
        case silent
    }

    private let authority: TestAuthority
    private let client: CertificateBytes
    private var kinds: [SocketAddress: Kind] = [:]
    private var contexts: [SocketAddress: TLSContext] = [:]

    override init(_ script: WireScript, workers: Int, seed: UInt64, faults: SimulatedFaults) throws {
        authority = try TestAuthority()
        client = try authority.certificate(for: .client, "gateway")
        for word in (script.file.options["origins"] ?? "").split(separator: " ") {
            let parts = word.split(separator: "=").map(String.init)
            guard parts.count == 2, let address = SocketAddress(parts[0]), let kind = Kind(rawValue: parts[1]) else {
                throw WireScript.Malformed(word)
            }
            kinds[address] = kind
        }
        try super.init(script, workers: workers, seed: seed, faults: faults)
    }

    /// Clusters that say nothing of TLS get it.
    override func publish(_ text: String) throws {
        update(.authority(secret: "shop/ca", try authority.ca.identity.certificate.pem()))
        update(.certificate(secret: "shop/client", client))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard line.hasPrefix("cluster "), line.contains(" http ") else { return String(line) }
            return String(line).replacing(" http ", with: " https ").replacing(
                " loopback", with: " loopback tls web.shop.svc ca shop/ca")
        }
        try super.publish(lines.joined(separator: "\n"))
    }

    override func accepted(by address: SocketAddress) -> [Int] {
        let accepted = super.accepted(by: address)
        let kind = kinds[address] ?? .good
        guard kind != .plain else { return accepted }
        for end in accepted where !isSealed(end) {
            guard kind != .silent, let context = try? context(of: address, kind), let machine = try? TLSMachine(context) else {
                continue
            }
            seal(end, machine, isRude: kind == .rude)
        }
        // What is not TLS is nothing that an origin understands.
        return kind == .silent ? [] : accepted
    }

    private func context(of address: SocketAddress, _ kind: Kind) throws -> TLSContext {
        if let known = contexts[address] { return known }
        let issuer = kind == .stranger ? try TestAuthority() : authority
        let identity = try issuer.identity(
            for: .server, until: kind == .ended ? 1_000_000 : 4_000_000_000,
            [kind == .misnamed ? "other.shop.svc" : "web.shop.svc"])
        let asked = kind == .demands ? try TestAuthority() : authority
        let context = try TLSContext(
            .server, identity: identity,
            verifying: kind == .asks || kind == .demands ? .required(authorities: [asked.ca.identity.certificate]) : .none,
            protocols: ["http/1.1"])
        contexts[address] = context
        return context
    }
}
