import ArgumentParser
import Base
import Secure

/// Where HTTPS is accepted: `ADDR:PORT`, and what this listener alone agrees on, as in `0.0.0.0:8443,min-version=1.3`; or `none`.
///
/// In variables of the environment commas stand between listeners; there semicolons go before settings.
struct SealedListenerOption: ExpressibleByArgument, CustomStringConvertible, Equatable {
    var listener: ListenerOption
    /// As written; see `PolicyWords.Setting`.
    var settings: [String]

    init(_ listener: ListenerOption) {
        self.listener = listener
        settings = []
    }

    init?(argument: String) {
        let parts = argument.split(separator: /[,;]/, omittingEmptySubsequences: false).map(String.init)
        guard let listener = ListenerOption(argument: parts[0]) else { return nil }
        self.listener = listener
        settings = Array(parts.dropFirst())
    }

    var description: String { ([listener.description] + settings).joined(separator: ",") }
    var defaultValueDescription: String { listener.defaultValueDescription }

    /// - Parameter usual: what counts where the listener says nothing.
    func policy(over usual: TLSPolicy) throws -> TLSPolicy {
        var policy = usual
        if listener.address == nil, !settings.isEmpty {
            throw ValidationError("--https none accepts nothing; leave out its settings.")
        }
        for text in settings {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let setting = PolicyWords.Setting(rawValue: parts[0]) else {
                let known = PolicyWords.Setting.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError(
                    "--https \(listener): '\(text)' is no setting of a listener; write NAME=VALUE with one of \(known).")
            }
            try PolicyWords.read([parts[1]], setting, of: "--https \(listener), \(parts[0])", into: &policy)
        }
        if let problem = policy.contradiction { throw ValidationError("--https \(self): \(problem).") }
        return policy
    }
}

/// An address where TLS is spoken, and how.
struct SealedListener: Sendable {
    var address: SocketAddress
    var policy = TLSPolicy()
}
