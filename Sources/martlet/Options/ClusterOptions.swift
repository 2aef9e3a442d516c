import ArgumentParser

/// Where a cluster is found: `--kubeconfig`, else `KUBECONFIG`, else the pod's service account, else `~/.kube/config`.
struct ClusterOptions: ParsableArguments {
    @Option(help: "A kubeconfig file (default: $KUBECONFIG, the pod's service account, ~/.kube/config).")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig to use.")
    var context: String?

    @Option(name: .shortAndLong, help: "Only this namespace.")
    var namespace: String?

    /// Whether the user asked for a cluster in so many words.
    var isNamed: Bool { kubeconfig != nil || context != nil }
}
