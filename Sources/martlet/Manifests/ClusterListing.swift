import Controller
import Documents
import Foundation
import Kubernetes
import Resources
import Translator

/// All objects of a cluster that Martlet reads, listed once.
enum ClusterListing {
    private static let page = 500

    static func snapshot(_ options: ClusterOptions) async throws(Failure) -> Snapshot {
        let access: ClusterAccess
        do {
            access = try .find(
                kubeconfig: options.kubeconfig, context: options.context, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw .unreachable("\(error)")
        }
        let client = APIClient(access)
        var snapshot = Snapshot()
        for kind in Snapshot.kinds {
            let namespace = kind.isNamespaced ? options.namespace : nil
            let objects = try await list(kind, namespace: namespace, by: client)
            snapshot.replace(kind, namespace: nil, with: objects.map { Arrival(Located(value: $0.value)) })
        }
        return snapshot
    }

    private static func list(_ kind: ResourceKind, namespace: String?, by client: APIClient) async throws(Failure) -> [Object] {
        let type = ResourceType(
            group: kind.group, version: kind.version, plural: kind.plural, kind: kind.kind, isNamespaced: kind.isNamespaced)
        var objects: [Object] = []
        var token: String?
        repeat {
            do {
                let page = try await client.list(
                    type, namespace: namespace, fieldSelector: kind.listSelector, limit: page, continueToken: token)
                objects += page.objects
                token = page.continueToken
            } catch  where error.code == 404 {
                Console.say("\(type): the cluster does not have this kind")
                return []
            } catch {
                throw .unreachable("\(error)")
            }
        } while token?.isEmpty == false
        return objects
    }
}
