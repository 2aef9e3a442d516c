public import Graph
public import HTTP
public import Pipeline

/// Changes the host and the path that the upstream sees (Gateway API HTTPURLRewriteFilter).
public final class RewriteFilter: Filter, @unchecked Sendable {
    // Unchecked: constants.
    private let pool = ConstantPool()
    private let host: ByteRef
    private let path: PathRewriter?

    /// nil when the hostname or the path cannot be written into a request.
    public init?(_ rewrite: Rewrite) {
        if let hostname = rewrite.hostname {
            guard !hostname.isEmpty, hostname.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }) else {
                return nil
            }
            host = pool.add(hostname)
        } else {
            host = .nothing
        }
        if let spec = rewrite.path {
            guard let rewriter = PathRewriter(spec) else { return nil }
            path = rewriter
        } else {
            path = nil
        }
        super.init(interests: .requestHead)
    }

    public override func onRequestHead(_ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict {
        if host.isPresent { x.edits.host = host }
        guard let path else { return .proceed }
        switch path.rewrite(head, &x) {
        case .unchanged: break
        case .rewritten(let path, let query):
            x.edits.path = path
            if query.isPresent { x.edits.query = query }
        case .failed(let reason): return .respond(LocalReply(reason))
        }
        return .proceed
    }
}
