import Base
import Documents
import Engine
import Foundation

/// What `/mirrors` says, and `martlet mirrors` as a table.
enum MirrorPage {
    static func page(_ figures: [MirrorFigures], _ samples: [MirrorSample]) -> Value {
        ["mirrors": .array(figures.map(mirror)), "samples": .array(samples.map(sample))]
    }

    private static func mirror(_ one: MirrorFigures) -> Value {
        func counts(_ pairs: [(String, UInt64)]) -> Value {
            var fields = Value.Fields()
            for (name, count) in pairs { fields[name] = .integer(Int64(clamping: count)) }
            return .object(fields)
        }
        return [
            "rule": .string(one.rule), "mirror": .string(one.cluster),
            "requests": counts(one.outcomes.map { ($0.outcome, $0.count) }),
            "comparisons": counts(one.comparisons.map { ($0.result, $0.count) }),
            "differences": counts(one.differences.map { ($0.field, $0.count) }),
        ]
    }

    private static func sample(_ one: MirrorSample) -> Value {
        func side(_ side: MirrorSample.Side) -> Value {
            [
                "status": .integer(Int64(side.status)), "bodyDigest": .string(Hexadecimal.text(side.digest)),
                "bytes": .integer(Int64(clamping: side.bytes)),
                "latencyMilliseconds": .number((Double(side.latency) / 10_000).rounded() / 100),
            ]
        }
        let time = Date(timeIntervalSince1970: Double(one.time / 1_000_000) / 1000)
        return [
            "time": .string(time.ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))),
            "rule": .string(one.rule), "mirror": .string(one.cluster), "requestID": .string(one.requestID),
            "method": .string(one.method), "path": .string(one.path + (one.hasQuery ? "?…" : "")),
            "differs": .array(one.differs.map { .string($0) }), "primary": side(one.primary), "copy": side(one.mirror),
        ]
    }

    // MARK: As a table

    /// - Parameter page: what `page` made, as it came back.
    static func table(_ page: Value) -> String {
        let mirrors = page["mirrors"]?.array ?? []
        if mirrors.isEmpty { return "No rule mirrors its requests.\n" }
        var rows = [["RULE", "MIRROR", "REQUESTS", "COMPARISONS", "DIFFERENCES"]]
        for one in mirrors {
            rows.append([
                one["rule"]?.string ?? "", one["mirror"]?.string ?? "", counts(one["requests"]), counts(one["comparisons"]),
                counts(one["differences"]),
            ])
        }
        let samples = page["samples"]?.array ?? []
        guard !samples.isEmpty else { return TextTable.aligned(rows) }
        var last = [["TIME", "MIRROR", "REQUEST", "DIFFERS", "STATUS", "MS", "REQUEST-ID"]]
        for one in samples {
            last.append([
                one["time"]?.string ?? "", one["mirror"]?.string ?? "",
                "\(one["method"]?.string ?? "") \(one["path"]?.string ?? "")",
                (one["differs"]?.array ?? []).compactMap(\.string).joined(separator: ","), both(one, "status"),
                both(one, "latencyMilliseconds"), one["requestID"]?.string ?? "",
            ])
        }
        return TextTable.aligned(rows) + "\n" + TextTable.aligned(last)
    }

    private static func counts(_ value: Value?) -> String {
        let words = (value?.object?.entries ?? []).map { "\($0.key) \($0.value.jsonText)" }
        return words.isEmpty ? "-" : words.joined(separator: ", ")
    }

    private static func both(_ sample: Value, _ member: String) -> String {
        ["primary", "copy"].map { sample[$0]?[member]?.jsonText ?? "-" }.joined(separator: " | ")
    }
}
