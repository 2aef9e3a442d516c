public import Fetch

/// Why a call to the API server gave no result. Its description says what to check.
public struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was tried, in RBAC's words.
    public struct Call: Sendable, Equatable {
        /// get, list, watch, create, update, patch, delete
        public var verb: String
        public var resource: String
        public var group: String
        public var namespace: String?
        public var name: String?

        public init(verb: String, resource: String, group: String = "", namespace: String? = nil, name: String? = nil) {
            self.verb = verb
            self.resource = resource
            self.group = group
            self.namespace = namespace
            self.name = name
        }

        init(_ verb: String, _ type: ResourceType, namespace: String?, name: String? = nil, subresource: String? = nil) {
            self.verb = verb
            resource = type.plural + (subresource.map { "/" + $0 } ?? "")
            group = type.group
            self.namespace = type.isNamespaced ? namespace : nil
            self.name = name
        }
    }

    public enum Cause: Sendable, Equatable {
        /// The server answered with a `Status`.
        case status(code: Int, reason: String, message: String, retryAfter: Duration?)
        /// No answer came.
        case transport(FetchError)
        /// Nothing was asked, because there is nothing to say who asks. As good as a 401.
        case credentials(AccessError)
        /// An answer came that is no Kubernetes object.
        case unreadable(String)
    }

    public let call: Call
    public let cause: Cause

    public init(_ call: Call, _ cause: Cause) {
        self.call = call
        self.cause = cause
    }

    /// The HTTP status; 0 when no answer came.
    public var code: Int {
        switch cause {
        case .status(let code, _, _, _): code
        case .credentials: 401
        case .transport, .unreadable: 0
        }
    }
    /// The Status's reason, such as "Conflict"; empty when no Status came.
    public var reason: String { if case .status(_, let reason, _, _) = cause { reason } else { "" } }
    /// How long the server asks to wait.
    public var retryAfter: Duration? { if case .status(_, _, _, let wait) = cause { wait } else { nil } }

    public var message: String {
        switch cause {
        case .status(_, _, let message, _): message
        case .transport(let error): error.description
        case .credentials(let error): error.description
        case .unreadable(let message): message
        }
    }

    /// The object was changed by somebody else meanwhile.
    public var isConflict: Bool { code == 409 && reason != "AlreadyExists" }
    public var isGone: Bool { code == 410 }
    public var isTransport: Bool { if case .transport = cause { true } else { false } }

    /// The server is another one, or knows us no longer: a kubeconfig that was rewritten since may lead on.
    public var mayEndWithOtherAccess: Bool {
        guard case .transport(let error) = cause else { return code == 401 }
        switch error.kind {
        case .serverNotTrusted, .tlsHandshakeFailed, .badAuthorities, .badClientCertificate, .connectionRefused, .cannotResolve,
            .proxyFailed:
            return true
        default: return false
        }
    }

    public var description: String {
        switch cause {
        case .status(let code, _, let message, _): statusDescription(code, message)
        case .transport(let error): "Cannot \(subject). \(error)"
        case .credentials(let error): "Cannot \(subject), because there are no credentials. \(error)"
        case .unreadable(let message):
            "Cannot \(subject): the answer is no Kubernetes object (\(message)); is this an API server?"
        }
    }

    private func statusDescription(_ code: Int, _ message: String) -> String {
        let said = message.isEmpty ? "" : " The API server says: \(message)"
        return switch code {
        case 401:
            "The API server does not know who is asking to \(subject): check that the token or client certificate is "
                + "of this cluster and has not expired.\(said)"
        case 403:
            "Not allowed to \(subject): grant the verb \"\(call.verb)\" on the resource \"\(call.resource)\" of the API group "
                + "\"\(call.group)\" \(scope) to this user or service account.\(said)"
        case 404 where call.name == nil && call.resource.hasSuffix("/status"):
            "Cannot \(subject): its definition has no status. Install the CRDs of this version (kubectl apply -f crds/).\(said)"
        case 404 where call.name == nil:
            "The API server has no resource \(qualifiedResource): install its CRD (kubectl apply -f crds/), or ignore this "
                + "if it is not used.\(said)"
        case 404: "Cannot \(subject): it does not exist.\(said)"
        case 409: "Cannot \(subject): somebody else changed it meanwhile.\(said)"
        case 410: "Cannot \(subject): the resource version asked for is no longer kept.\(said)"
        case 422: "Cannot \(subject): the API server refuses the object.\(said)"
        case 429: "Cannot \(subject) yet: the API server is overloaded.\(said)"
        case 504: "Cannot \(subject): the API server did not manage it in time.\(said)"
        default: "Cannot \(subject): the API server answered \(code).\(said)"
        }
    }

    private var qualifiedResource: String { call.group.isEmpty ? call.resource : call.resource + "." + call.group }

    private var subject: String {
        let place = call.namespace.map { " in namespace \($0)" } ?? ""
        return "\(call.verb) \(qualifiedResource)" + (call.name.map { " \($0)" } ?? "") + place
    }

    private var scope: String { call.namespace.map { "in namespace \"\($0)\"" } ?? "in all namespaces (a ClusterRole)" }
}
