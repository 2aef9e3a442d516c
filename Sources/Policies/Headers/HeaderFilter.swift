public import Graph
public import HTTP
public import Pipeline

/// Sets, adds and removes fields of the request or of the answer (Gateway API HTTPHeaderFilter).
public final class HeaderFilter: Filter, @unchecked Sendable {
    // Unchecked: constant rows.
    private let side: Edit.Side
    private let pool: ConstantPool
    private let rows: ConstantRows<EditRow>
    /// What `host` is set to: the host is part of the target, not of the edits.
    private let host: ByteRef

    /// nil when a name is no token or a value has control bytes: such a filter must not run by halves.
    ///
    /// Fields that delimit the message or concern one connection only are left to the codec and ignored here.
    public init?(_ edits: HeaderEdits, side: Edit.Side) {
        var rows: [EditRow] = []
        var host = ByteRef.nothing
        let set = edits.set.map { (Edit.Operation.set, $0.name, $0.value) }
        let add = edits.add.map { (Edit.Operation.add, $0.name, $0.value) }
        let remove = edits.remove.map { (Edit.Operation.remove, $0, "") }
        let all = set + add + remove
        pool = ConstantPool(room: all.reduce(0) { $0 + $1.1.utf8.count + $1.2.utf8.count })
        for (operation, name, value) in all {
            guard FieldSyntax.isName(name), FieldSyntax.isValue(value) else { return nil }
            let name = name.lowercased()
            if FieldSyntax.belongsToCodec(name) { continue }
            if name == "host" && side == .request {
                if operation == .set && !value.isEmpty { host = pool.add(value) }
                continue
            }
            rows.append(EditRow(operation: operation, name: pool.add(name), value: pool.add(value)))
        }
        self.side = side
        self.host = host
        self.rows = ConstantRows(rows)
        super.init(interests: side == .request ? .requestHead : .responseHead)
    }

    public override func onRequestHead(_ head: borrowing RequestHead, _ x: inout Exchange) -> Verdict {
        // A chain calls every filter on the way up; the answer's edits belong to the way down, and must be made once.
        guard side == .request else { return .proceed }
        if host.isPresent { x.edits.host = host }
        return rows.apply(side, &x)
    }

    public override func onResponseHead(
        _ head: borrowing ResponseHead, request: borrowing RequestHead, _ x: inout Exchange
    ) -> Verdict { side == .response ? rows.apply(side, &x) : .proceed }
}

/// What may stand in a field line (RFC 9110 section 5), for fields that users write.
enum FieldSyntax {
    static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { c in
                switch c {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(c)
                }
            }
    }

    static func isValue(_ value: String) -> Bool { value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 9 } }

    /// Framing and hop-by-hop fields (RFC 9110 section 7.6.1): an edit could split a message in two for the next hop.
    static func belongsToCodec(_ name: String) -> Bool {
        [
            "connection", "content-length", "transfer-encoding", "keep-alive", "proxy-connection", "te", "trailer", "upgrade",
        ].contains(name)
    }
}
