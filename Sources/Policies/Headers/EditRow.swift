import Pipeline

/// An edit of a field as a filter keeps it, its texts in the filter's pool.
struct EditRow: BitwiseCopyable {
    let operation: Edit.Operation
    let name: ByteRef
    let value: ByteRef
}

extension ConstantRows where Row == EditRow {
    /// Makes all of them, in order; what does not fit ends the request.
    func apply(_ side: Edit.Side, _ x: inout Exchange) -> Verdict {
        for i in 0..<count {
            let row = self[i]
            guard x.edits.append(row.operation, side, row.name, row.value) else { return .respond(LocalReply(.editsTooLarge)) }
        }
        return .proceed
    }
}
