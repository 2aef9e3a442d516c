public import Translator

/// What the install says about the controller.
public struct ControllerSettings: Sendable {
    /// What Ingresses say about where clients reach the gateway.
    public enum Published: Sendable, Equatable {
        /// Addresses and names.
        case addresses([String])
        /// Wherever this Service is reached.
        case service(namespace: String, name: String)
    }

    public var translator = TranslatorSettings()
    public var published = Published.addresses([])
    /// Unique among the replicas, such as the pod's name.
    public var identity = "martlet"

    public init() {}
}
