import Fetch
import Synchronization

/// Carries requests under the identity in force: credentials on each request, certificates on the connections.
final class Transport: Sendable {
    private struct State {
        var certificate: Credentials.Certificate?
        var http: Client
    }

    let credentials: CredentialSource
    private let access: ClusterAccess
    private let state: Mutex<State>

    init(_ access: ClusterAccess, credentials: CredentialSource) {
        self.access = access
        self.credentials = credentials
        state = Mutex(State(certificate: nil, http: Self.client(access, nil)))
        // Also when another transport's call made the plugin run: ours may have nothing but watches.
        credentials.onCertificate { [weak self] certificate in self?.http(certificate) != nil }
    }

    /// Sends a request, a second time with other credentials when the server does not know the first and there are others. A server
    /// that answers 401 has done nothing.
    func stream(_ request: Request, _ call: APIError.Call) async throws(APIError) -> StreamedResponse {
        let first: Credentials
        do { first = try await credentials.current() } catch { throw APIError(call, .credentials(error)) }
        let response = try await stream(request, first, call)
        guard response.head.status == 401, let second = await credentials.replacement(for: first) else { return response }
        return try await stream(request, second, call)
    }

    private func stream(
        _ request: Request, _ credentials: Credentials, _ call: APIError.Call
    ) async throws(APIError) -> StreamedResponse {
        var request = request
        if let authorization = credentials.authorization { request.headers.append(Header("Authorization", authorization)) }
        if let impersonation = access.impersonation { request.headers += impersonation.headers }
        do { return try await http(credentials.certificate).stream(request) } catch { throw APIError(call, .transport(error)) }
    }

    /// Connections were proved with a certificate: with another one they are made anew, and watches on them end and are resumed.
    private func http(_ certificate: Credentials.Certificate?) -> Client {
        state.withLock { state in
            guard state.certificate != certificate else { return state.http }
            state.http.retireConnections()
            state = State(certificate: certificate, http: Self.client(access, certificate))
            return state.http
        }
    }

    private static func client(_ access: ClusterAccess, _ certificate: Credentials.Certificate?) -> Client {
        var tls = access.tls
        if let certificate {
            tls.clientCertificate = .bytes(certificate.certificate)
            tls.clientKey = .bytes(certificate.key)
        }
        return Client(.init(tls: tls, proxy: access.proxy, userAgent: access.userAgent))
    }
}
