import ArgumentParser

/// How the gateway ends, and what it begins with while the cluster cannot be reached.
struct LifecycleOptions: ParsableArguments {
    @Option(
        name: .customLong("drain-delay"),
        help: "After SIGTERM, accept that long while readiness fails already: load balancers need it to look elsewhere.")
    var drainDelay = DurationOption(.seconds(5))

    @Option(name: .customLong("drain-timeout"), help: "Then requests under way have that long to finish.")
    var drainTimeout = DurationOption(.seconds(30))

    @Option(
        name: .customLong("snapshot-dir"),
        help: """
            Keep the last good state in this directory (private, in memory: it holds keys), to serve from if the API server is gone \
            at the next start; 'none' keeps nothing. (default: a directory in $XDG_RUNTIME_DIR or /dev/shm)
            """)
    var snapshotDirectory: String?

    @Option(name: .customLong("snapshot-max-age"), help: "Serve nothing from a state that is older.")
    var snapshotMaxAge = DurationOption(.seconds(3600))
}
