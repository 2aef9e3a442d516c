public import HTTP

/// The filters of a rule or backend as workers reach them: unmanaged references that the plan keeps alive. Calling through it counts
/// no references (25 ns for ten filters; `[any Filter]` costs 75 to 530).
@safe public struct FilterChain: @unchecked Sendable {
    // Unchecked: the memory is written before publication and freed after the last worker gave the plan up.
    @usableFromInline let rows: UnsafePointer<Unmanaged<Filter>>?
    public let count: Int32
    /// Union of all filters' interests.
    public let interests: Filter.Interests

    public static let empty = unsafe FilterChain(rows: nil, count: 0, interests: [])

    @unsafe public init(rows: UnsafePointer<Unmanaged<Filter>>?, count: Int32, interests: Filter.Interests) {
        unsafe self.rows = rows
        self.count = count
        self.interests = interests
    }

    /// Calls `onRequestHead` of the filters from `next` on, until one does not proceed; `next` is then its index.
    ///
    /// - Parameter base: the state slot of the chain's first filter (a backend's chain follows its rule's).
    @inlinable public func requestHead(
        from next: inout Int32, base: Int32 = 0, _ head: borrowing RequestHead, _ x: inout Exchange
    ) -> Verdict {
        guard let rows = unsafe rows else { return .proceed }
        while next < count {
            x.slot = Int(base &+ next)
            let verdict = unsafe rows[Int(next)]._withUnsafeGuaranteedRef { $0.onRequestHead(head, &x) }
            guard case .proceed = verdict else { return verdict }
            next &+= 1
        }
        return .proceed
    }

    /// Calls `onResponseHead` in reverse order for the first `ran` filters; stops at the first that does not proceed.
    @inlinable public func responseHead(
        from next: inout Int32, base: Int32 = 0, _ head: borrowing ResponseHead, request: borrowing RequestHead,
        _ x: inout Exchange
    ) -> Verdict {
        guard let rows = unsafe rows, interests.contains(.responseHead) else { return .proceed }
        while next > 0 {
            next &-= 1
            x.slot = Int(base &+ next)
            let verdict = unsafe rows[Int(next)]._withUnsafeGuaranteedRef { $0.onResponseHead(head, request: request, &x) }
            guard case .proceed = verdict else { return verdict }
        }
        return .proceed
    }

    /// Calls the i-th filter's `onEffect`.
    @inlinable public func effect(
        _ i: Int32, base: Int32 = 0, _ outcome: EffectOutcome, _ head: borrowing RequestHead, _ x: inout Exchange
    ) -> Verdict {
        guard let rows = unsafe rows, i >= 0, i < count else { return .proceed }
        x.slot = Int(base &+ i)
        return unsafe rows[Int(i)]._withUnsafeGuaranteedRef { $0.onEffect(outcome, head, &x) }
    }

    /// Calls the i-th filter's `onRequestBody`.
    @inlinable public func requestBody(
        _ i: Int32, base: Int32 = 0, _ bytes: borrowing Span<UInt8>, isLast: Bool, _ sink: inout BodySink, _ x: inout Exchange
    ) -> Verdict {
        guard let rows = unsafe rows, i >= 0, i < count else { return .proceed }
        x.slot = Int(base &+ i)
        return unsafe rows[Int(i)]._withUnsafeGuaranteedRef { $0.onRequestBody(bytes, isLast: isLast, &sink, &x) }
    }

    /// Calls the i-th filter's `onResponseBody`.
    @inlinable public func responseBody(
        _ i: Int32, base: Int32 = 0, _ bytes: borrowing Span<UInt8>, isLast: Bool, _ sink: inout BodySink, _ x: inout Exchange
    ) -> Verdict {
        guard let rows = unsafe rows, i >= 0, i < count else { return .proceed }
        x.slot = Int(base &+ i)
        return unsafe rows[Int(i)]._withUnsafeGuaranteedRef { $0.onResponseBody(bytes, isLast: isLast, &sink, &x) }
    }

    /// What the i-th filter wants to be called for.
    @inlinable public func interests(of i: Int32) -> Filter.Interests {
        guard let rows = unsafe rows, i >= 0, i < count else { return [] }
        return unsafe rows[Int(i)]._withUnsafeGuaranteedRef { $0.interests }
    }

    /// Calls `onFinish` of the first `ran` filters, in reverse order.
    @inlinable public func finish(_ ran: Int32, base: Int32 = 0, _ head: borrowing RequestHead, _ x: inout Exchange) {
        guard let rows = unsafe rows, interests.contains(.finish) else { return }
        var i = min(ran, count)
        while i > 0 {
            i &-= 1
            x.slot = Int(base &+ i)
            unsafe rows[Int(i)]._withUnsafeGuaranteedRef { $0.onFinish(head, &x) }
        }
    }
}
