public import Documents
public import Graph
public import Translator

/// The last good state of the cluster as the controller knows it: Wiring fills it in.
public struct Memory: Sendable {
    /// A state that was kept.
    public struct Recollection: Sendable {
        /// As the source would have delivered them.
        public var objects: [Packed]
        /// When it was known to be true, in seconds since 1970.
        public var written: Int64

        public init(objects: [Packed], written: Int64) {
            self.objects = objects
            self.written = written
        }
    }

    /// Somebody who may be asked whether he accepts connections.
    public struct Candidate: Sendable, Hashable {
        public var cluster: ClusterID
        public var endpoint: Endpoint
    }

    /// Told after each round whether it changed anything and whether everything was listed once; returns at once. Whoever keeps the state
    /// asks for it when its time has come, and lets go of it soon: nil when there is nothing any more.
    public var remember: @Sendable (_ isChanged: Bool, _ isComplete: Bool, _ present: @escaping @Sendable () -> Snapshot?) -> Void
    /// What may be served from; nil when there is nothing, which was logged then. Takes its time.
    public var recall: @Sendable () -> Recollection?
    /// Which of these endpoints, asked in their order, accept a connection, as far as that is known after `within`. Takes its time.
    public var answering: @Sendable (_ endpoints: [Candidate], _ within: Duration) -> [ClusterID: Set<Endpoint>]
    /// How long a source may take to list everything before the last good state is served, if it gives some answer.
    public var patience: Duration

    public init(
        remember: @escaping @Sendable (Bool, Bool, @escaping @Sendable () -> Snapshot?) -> Void,
        recall: @escaping @Sendable () -> Recollection?,
        answering: @escaping @Sendable (_ endpoints: [Candidate], _ within: Duration) -> [ClusterID: Set<Endpoint>],
        patience: Duration = .seconds(2)
    ) {
        self.remember = remember
        self.recall = recall
        self.answering = answering
        self.patience = patience
    }
}
