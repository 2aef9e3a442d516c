import Base
public import Graph
public import HTTP
public import Pipeline

/// Tells the clients of a rule that it ends: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link` on every answer; refuses requests in
/// brown-outs, and all of them after the sunset if it is to be so.
public final class DeprecationFilter: Filter, @unchecked Sendable {
    // Unchecked: constant rows.
    private struct Window: BitwiseCopyable {
        /// Nanoseconds since 1970.
        let from: UInt64
        let to: UInt64
        /// A request is refused when 32 bits of chance are below.
        let threshold: UInt64
        let status: UInt16
    }

    private let pool: ConstantPool
    private let lines: ConstantRows<EditRow>
    private let windows: ConstantRows<Window>
    /// Nanoseconds since 1970 from which on there is nothing any more; the last moment that there is, without one.
    private let end: UInt64
    private let plainText: ByteRef
    private let goodbye: ByteRef

    /// nil when an address cannot stand in a `Link`.
    public init?(_ deprecation: Deprecation) {
        let pool = ConstantPool()
        var lines: [EditRow] = []
        func add(_ operation: Edit.Operation, _ name: String, _ value: String) {
            lines.append(EditRow(operation: operation, name: pool.add(name), value: pool.add(value)))
        }
        guard [deprecation.link, deprecation.successor].allSatisfy({ $0.map(Self.isAddress) ?? true }) else { return nil }
        if let since = deprecation.since { add(.set, "deprecation", "@\(since)") }
        if let sunset = deprecation.sunset { add(.set, "sunset", CivilTime.httpDate(sunset)) }
        if let link = deprecation.link {
            if deprecation.since != nil { add(.add, "link", "<\(link)>; rel=\"deprecation\"") }
            if deprecation.sunset != nil { add(.add, "link", "<\(link)>; rel=\"sunset\"") }
        }
        if let successor = deprecation.successor { add(.add, "link", "<\(successor)>; rel=\"successor-version\"") }
        self.pool = pool
        self.lines = ConstantRows(lines)
        windows = ConstantRows(
            deprecation.brownOuts.map { one in
                Window(
                    from: Self.nanoseconds(one.from), to: Self.nanoseconds(one.to),
                    threshold: UInt64(clamping: one.share) << 32 / 10_000, status: UInt16(clamping: one.status))
            })
        end = deprecation.endsAtSunset ? deprecation.sunset.map(Self.nanoseconds) ?? .max : .max
        plainText = pool.add("text/plain; charset=utf-8")
        let instead = deprecation.successor.map { " Use \($0) instead." } ?? ""
        goodbye = pool.add("410 Gone: this ended at \(CivilTime.rfc3339(deprecation.sunset ?? 0)).\(instead)\n")
        super.init(interests: [.requestHead, .responseHead, .wallClock, .callers])
    }

    /// RFC 3986: no spaces, no controls, and nothing that ends the reference in a `Link` (RFC 8288 section 3).
    private static func isAddress(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"<>\"".utf8.contains($0) }
    }

    private static func nanoseconds(_ seconds: Int64) -> UInt64 {
        let (product, overflow) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product
    }

    public override func onRequestHead(_ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict {
        if x.wall >= end {
            return .respond(LocalReply(status: 410, reason: .gone, contentType: plainText, body: .bytes(goodbye)))
        }
        for i in 0..<windows.count {
            let window = windows[i]
            guard x.wall >= window.from, x.wall < window.to else { continue }
            // The id that was drawn for the request is as good a chance as any.
            if x.requestID.low >> 32 < window.threshold { return .respond(LocalReply(status: window.status, reason: .brownOut)) }
        }
        return .proceed
    }

    public override func onResponseHead(
        _ head: borrowing ResponseHead, request: borrowing RequestHead, _ x: inout Exchange
    ) -> Verdict { lines.apply(.response, &x) }
}
