import Reactor
import Secure

/// A connection's bytes, with or without TLS. Used by the connection's thread only.
final class Wire {
    enum Arrival {
        case bytes([UInt8])
        case end
        case timedOut
        case rung
    }

    let socket: BlockingSocket
    private let machine: TLSMachine?
    private let stallMilliseconds: Int

    init(_ socket: BlockingSocket, tls: TLSContext?, stallMilliseconds: Int) throws(SecureError) {
        self.socket = socket
        self.stallMilliseconds = stallMilliseconds
        if let tls { machine = try TLSMachine(tls) } else { machine = nil }
    }

    /// The verified certificate of the client.
    var clientCertificate: Certificate? { machine?.peerCertificate }

    /// Completes the TLS handshake; false when it failed, after sending the alert that says why.
    func handshake(milliseconds: Int) -> Bool {
        guard let machine else { return true }
        let start = SystemClock.monotonicNanoseconds
        while machine.state == .handshaking {
            let spent = Int((SystemClock.monotonicNanoseconds - start) / 1_000_000)
            guard spent < milliseconds else { return false }
            guard case .bytes(let bytes) = socket.receive(upTo: 16_384, milliseconds: milliseconds - spent) else { return false }
            machine.receive(bytes)
            guard flush() else { return false }
        }
        return machine.state == .open
    }

    func receive(milliseconds: Int?, unless bell: Bell?) -> Arrival {
        while true {
            if let machine {
                let plaintext = machine.read()
                if !plaintext.isEmpty { return .bytes(plaintext) }
                // Reading may make bytes to send: alerts, key updates.
                guard flush(), machine.state == .open else { return .end }
            }
            switch socket.receive(upTo: 16_384, milliseconds: milliseconds, unless: bell) {
            case .bytes(let bytes):
                guard let machine else { return .bytes(bytes) }
                machine.receive(bytes)
            case .end: return .end
            case .timedOut: return .timedOut
            case .rung: return .rung
            }
        }
    }

    func send(_ bytes: [UInt8]) -> Bool {
        guard let machine else { return socket.send(bytes, stallMilliseconds: stallMilliseconds) }
        return machine.write(bytes) && flush()
    }

    func close() {
        if let machine {
            machine.close()
            _ = flush()
        }
        socket.shutDown()
    }

    private func flush() -> Bool {
        guard let ciphertext = machine?.takeCiphertext(), !ciphertext.isEmpty else { return true }
        return socket.send(ciphertext, stallMilliseconds: stallMilliseconds)
    }
}
