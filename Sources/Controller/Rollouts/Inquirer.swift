import Documents
import Fetch
import Foundation
import Kubernetes
import Resources
import Rollouts
import Synchronization

/// Asks Prometheus and webhooks what a Rollout wants to know. Whatever happens there is an answer, at the latest when its time is over.
final class Inquirer: Sendable {
    private let connection: ClusterConnection
    private let client: Client
    private let counts = Mutex(InquiryFigures())
    /// More is not read. A sample takes some hundred bytes, an error message less than this.
    private static let maximumBody = 256 << 10

    /// - Parameter allowsLocal: loopback and link-local addresses may be asked.
    init(_ connection: ClusterConnection, allowsLocal: Bool) {
        self.connection = connection
        var configuration = Client.Configuration()
        configuration.refusesLocalAddresses = !allowsLocal
        client = Client(configuration)
    }

    var figures: InquiryFigures { counts.withLock { $0 } }

    /// All at the same time.
    func ask(_ questions: [OutsideQuestion], in namespace: String) async -> [String: OutsideAnswer] {
        await withTaskGroup { group in
            for question in questions {
                group.addTask { [self] in (question.metric, await ask(question, in: namespace)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func ask(_ question: OutsideQuestion, in namespace: String) async -> OutsideAnswer {
        let answer = await answer(to: question, in: namespace)
        counts.withLock { $0.count(question.source, answer) }
        return answer
    }

    private func answer(to question: OutsideQuestion, in namespace: String) async -> OutsideAnswer {
        var request = Request(
            "POST", question.url, headers: [Header("Content-Type", question.contentType), Header("Accept", "application/json")],
            body: Array(question.body.utf8), timeouts: Timeouts(connect: question.timeout, total: question.timeout),
            maximumBody: Self.maximumBody)
        if let secret = question.tokenSecret {
            switch await token(ObjectKey(namespace: namespace, name: secret), within: question.timeout) {
            case .success(let token): request.authorize(bearer: token)
            case .failure(let why): return .unavailable(why.message)
            }
        }
        do {
            let response = try await client.send(request)
            return question.answer(status: response.status, body: response.body)
        } catch {
            return .unavailable(error.description)
        }
    }

    // MARK: - Tokens

    private struct NoToken: Error {
        var message: String
    }

    /// Read whenever it is needed, so that nothing of it is kept and a new one counts at once. The API server is asked for a Secret of this
    /// name *and type*: no other one ever comes here.
    private func token(_ secret: ObjectKey, within limit: Duration) async -> Result<String, NoToken> {
        let selector = "metadata.name=\(secret.name),type=\(RolloutOutside.secretType)"
        do {
            let client = APIClient(beside: connection.client, timeout: limit)
            let page = try await client.list(Secret.kind.type, namespace: secret.namespace, fieldSelector: selector)
            guard let found = page.objects.first(where: { $0.key.name == secret.name })?.value,
                found["type"]?.string == RolloutOutside.secretType
            else {
                return .failure(
                    NoToken(
                        message:
                            "There is no Secret \(secret) of type \(RolloutOutside.secretType); create it, or name another one."))
            }
            guard let text = found["data"]?[RolloutOutside.secretKey]?.string, let bytes = Data(base64Encoded: text),
                let token = String(bytes: bytes, encoding: .utf8)?.trimmingCharacters(in: .whitespacesAndNewlines), !token.isEmpty
            else {
                return .failure(
                    NoToken(message: "Secret \(secret) has no \(RolloutOutside.secretKey) that can be sent; write one."))
            }
            return .success(token)
        } catch {
            return .failure(NoToken(message: "Secret \(secret) cannot be read: \(error.description)"))
        }
    }
}
