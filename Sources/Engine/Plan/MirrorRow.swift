import Base
import Graph
import Pipeline

/// Where copies of a rule's requests go, as plain data.
@safe struct MirrorRow: BitwiseCopyable {
    /// What of two answers is compared.
    struct Compared: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let status = Compared(rawValue: 1)
        static let latency = Compared(rawValue: 2)
        static let body = Compared(rawValue: 4)
    }

    /// Index in the cell registry.
    var cluster: Int32
    /// Where it is counted (see `MirrorBook`).
    var figures: Int32
    /// A request is copied when 32 bits of chance are below; 2^32 copies every one.
    var threshold: UInt64
    /// Milliseconds; 0: the proxy's default.
    var timeout: UInt64
    var compared: Compared
    /// Names in lower case.
    var headers: Rows<ByteRef>

    var comparesAnything: Bool { !compared.isEmpty || headers.count > 0 }
}

extension Mirror.Share {
    /// The share of 2^32.
    var threshold: UInt64 {
        guard denominator > 0, numerator > 0 else { return 0 }
        guard numerator < denominator else { return 1 << 32 }
        return UInt64(Double(numerator) / Double(denominator) * 4_294_967_296)
    }
}

extension MirrorRow.Compared {
    init(_ comparison: Mirror.Comparison) {
        self = []
        if comparison.status { insert(.status) }
        if comparison.latency { insert(.latency) }
        if comparison.body { insert(.body) }
    }
}

extension RuleCompiler {
    /// A mirror that cannot be obeyed is a problem and nothing more: the rule serves without it.
    mutating func mirrors(_ specs: [FilterSpec], _ rule: String, _ block: RuleBlock) -> Rows<MirrorRow> {
        var rows: [MirrorRow] = []
        for case .mirror(let mirror) in specs {
            guard let entry = clusters[mirror.cluster] else {
                problems.append(
                    LinkProblem(rule: rule, message: "mirrors to cluster \(mirror.cluster), which the graph does not hold"))
                continue
            }
            block.kept.add(entry)
            let headers = mirror.comparison.headers.prefix(Mirror.maximumHeaders)
            rows.append(
                MirrorRow(
                    cluster: entry.index,
                    figures: store.mirrors.index(
                        of: MirrorName(rule: rule, cluster: mirror.cluster), headers: Array(headers)),
                    threshold: mirror.share.threshold, timeout: (mirror.timeout?.wholeNanoseconds ?? 0) / 1_000_000,
                    compared: MirrorRow.Compared(mirror.comparison), headers: block.rows(headers.map { block.add($0) })))
        }
        return block.rows(rows)
    }
}
