public import HTTP

/// One step of a rule's chain. One object serves all requests of its rule on every worker at once: it holds settings only, what a
/// request needs lies in the exchange (`x.state`, sixteen bytes), and counters lie in shared cells.
///
/// Override what `interests` says; the engine calls nothing else. Heads never change: append to `x.edits`.
open class Filter: @unchecked Sendable {
    // Unchecked: subclasses hold `let` settings and handles of shared cells.

    /// The calls that a filter wants, so that a chain without body filters is spliced.
    public struct Interests: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt8
        @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let requestHead = Interests(rawValue: 1)
        public static let requestBody = Interests(rawValue: 2)
        public static let responseHead = Interests(rawValue: 4)
        public static let responseBody = Interests(rawValue: 8)
        public static let finish = Interests(rawValue: 16)
        /// Wants `x.wall`.
        public static let wallClock = Interests(rawValue: 32)
        /// Wants that it is noted who sends its rule's requests; the engine does.
        public static let callers = Interests(rawValue: 64)
    }

    public let interests: Interests

    public init(interests: Interests) { self.interests = interests }

    /// The request was matched; nothing went upstream yet.
    open func onRequestHead(_ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict { .proceed }

    /// A piece of the request's body; `isLast` once, possibly with no bytes. Write what goes on to the sink.
    open func onRequestBody(
        _ bytes: borrowing Span<UInt8>, isLast: Bool, _ sink: inout BodySink, _ x: inout Exchange
    ) -> Verdict {
        sink.write(bytes)
        if isLast { sink.end() }
        return .proceed
    }

    /// An answer begins: the upstream's, or a local one (`x.isLocal`). Called in the reverse order of the chain.
    open func onResponseHead(
        _ head: borrowing ResponseHead, request: borrowing RequestHead, _ x: inout Exchange
    ) -> Verdict { .proceed }

    open func onResponseBody(
        _ bytes: borrowing Span<UInt8>, isLast: Bool, _ sink: inout BodySink, _ x: inout Exchange
    ) -> Verdict {
        sink.write(bytes)
        if isLast { sink.end() }
        return .proceed
    }

    /// The effect that this filter waited for ended.
    open func onEffect(_ outcome: EffectOutcome, _ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict { .proceed }

    /// Always runs once for a filter whose `onRequestHead` ran, however the exchange ended. Frees what the state slot owns.
    open func onFinish(_ head: borrowing RequestHead, _ x: inout Exchange) {}
}
