import ArgumentParser
import Graph
import Translator

/// How objects are read where no gateway runs.
struct TranslationOptions: ParsableArguments {
    @Option(name: .customLong("ingress-class"), help: "The class whose Ingresses and Routes are looked at.")
    var ingressClass = "martlet"

    /// Where the gateway would listen if nothing is said to `serve`.
    private static let listeners = [
        ListenerKey(address: "0.0.0.0", port: 8080, transport: .http),
        ListenerKey(address: "0.0.0.0", port: 8443, transport: .https),
    ]

    /// As `serve --manifests` has it: who writes the files owns the machine.
    var ofFiles: TranslatorSettings {
        var settings = ofCluster
        settings.isDefaultClass = true
        settings.allowsExternalNames = true
        settings.allowsLoopback = true
        return settings
    }

    var ofCluster: TranslatorSettings {
        var settings = TranslatorSettings()
        settings.ingressClass = ingressClass
        settings.listeners = Self.listeners
        settings.takesAnyPort = true
        settings.knowsEndpoints = false
        return settings
    }
}
