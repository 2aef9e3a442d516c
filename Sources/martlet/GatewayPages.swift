import Base
import Controller
import Documents
import Engine
import Foundation
import Graph
import Kubernetes
import LastGood
import Peers
import Resources
import Secure
import Telemetry
import Translator

/// What `/stats` and `/config` say, as documents. No secrets: of the way to a cluster only the address.
enum GatewayPages {
    static func stats(_ proxy: [(name: String, value: UInt64)], _ figures: ControllerFigures, _ peers: PeersFigures?) -> Value {
        var page = Value.Fields()
        for (name, value) in proxy { page[name] = .integer(Int64(clamping: value)) }
        page["translations"] = .integer(Int64(clamping: figures.translations))
        page["cellUpdates"] = .integer(Int64(clamping: figures.cellUpdates))
        page["lastTranslationMilliseconds"] = .number((figures.translating.last * 100_000).rounded() / 100)
        page["lastReactionMilliseconds"] = .number((figures.reacting.last * 100_000).rounded() / 100)
        page["problems"] = .integer(Int64(figures.diagnostics.count))
        if let isLeader = figures.isLeader {
            page["leader"] = .bool(isLeader)
            page["statusesWritten"] = .integer(Int64(clamping: figures.statusesWritten))
        }
        if let peers { page["peers"] = Peering.page(peers) }
        page["sources"] = sources(figures)
        return .object(page)
    }

    static func config(_ settings: GatewaySettings, _ figures: ControllerFigures, _ lastGood: LastGood?) -> Value {
        let translator = settings.translator
        var page: Value = [
            "source": source(settings.source),
            "listeners": .array(translator.listeners.map { .string("\($0.transport.rawValue) \($0.address):\($0.port)") }),
            "tls": .array(settings.https.map(tls)), "admin": .string(settings.admin.description),
            "workers": settings.proxy.workers == 0 ? "one for each processor" : .integer(Int64(settings.proxy.workers)),
            "accessLog": .string(settings.proxy.accessLog.name),
            "accessLogFormat": .string(settings.proxy.accessLogFormat.text),
            "bufferMemory": .integer(Int64(settings.proxy.limits.blockBytes)),
            "trusted": .array(settings.proxy.trusted.map { .string("\($0)") }),
            "proxyProtocol": .bool(settings.proxy.proxyProtocol),
            "ingressClass": .string(translator.ingressClass), "controllerName": .string(translator.controllerName),
            "defaultClass": .bool(translator.isDefaultClass), "allowExternalNames": .bool(translator.allowsExternalNames),
            "allowLoopback": .bool(translator.allowsLoopback), "sharedHosts": .bool(translator.sharesHosts),
            "allowCanaries": .bool(translator.allowsCanaries),
            "publishAddresses": .array(settings.publishAddresses.map { .string($0) }),
            "options": settings.options, "sources": sources(figures),
            "problems": .array(figures.diagnostics.prefix(1000).map(diagnostic)),
        ]
        if let byDefault = translator.defaultCertificate {
            page["defaultCertificate"] = .string("\(byDefault.namespace)/\(byDefault.name)")
        }
        if let probes = settings.probes { page["probes"] = .string(probes.description) }
        if let peer = settings.peer {
            page["peer"] = [
                "address": .string(peer.address.description), "service": .string(peer.service.description),
                "secret": .string(peer.secret.description),
            ]
        }
        if let service = settings.publishService { page["publishService"] = .string(service) }
        if let lastGood {
            page["snapshot"] = lastGood.figures.page(
                folder: lastGood.folder, servedFrom: figures.servedFrom, now: Int64(Date().timeIntervalSince1970))
        }
        return page
    }

    /// What a listener agrees on.
    private static func tls(_ listener: SealedListener) -> Value {
        func list(_ words: [String]) -> Value { .array(words.map { .string($0) }) }
        let policy = listener.policy
        return [
            "listener": .string(listener.address.description), "minVersion": .string(policy.minimum.rawValue),
            "maxVersion": .string(policy.maximum.rawValue), "ciphers": list(policy.ciphers),
            "cipherSuites": list(policy.cipherSuites), "groups": list(policy.effectiveGroups),
        ]
    }

    private static func source(_ source: GatewaySettings.Source) -> Value {
        switch source {
        case .manifests(let folder): ["manifests": .string(folder)]
        case .cluster(let access, let scope):
            [
                "server": .string(access.server), "namespaces": .array(scope.namespaces.map { .string($0) }),
                "secrets": .array(scope.secrets.map { .string($0.description) }),
            ]
        }
    }

    private static func sources(_ figures: ControllerFigures) -> Value {
        .array(
            figures.feeds.map { feed in
                [
                    "source": .string(feed.name), "namespace": .string(feed.namespace ?? ""),
                    "name": .string(feed.object ?? ""),
                    "state": .string(feed.state.rawValue),
                    "problem": .string(feed.problem),
                ]
            })
    }

    private static func diagnostic(_ diagnostic: Diagnostic) -> Value {
        var page: Value = [
            "severity": .string(diagnostic.severity.rawValue), "object": .string(diagnostic.subject.description),
            "field": .string(diagnostic.path.description), "reason": .string(diagnostic.reason),
            "message": .string(diagnostic.message),
        ]
        if !diagnostic.file.isEmpty { page["at"] = .string("\(diagnostic.file):\(diagnostic.line)") }
        return page
    }
}

extension AccessLogTarget {
    fileprivate var name: String {
        switch self {
        case .none: "none"
        case .standardOutput: "-"
        case .file(let path): path
        }
    }
}
