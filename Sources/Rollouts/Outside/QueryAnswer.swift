import Documents

/// Reads the answer of Prometheus' HTTP API to an instant query.
enum QueryAnswer {
    static func read(status: Int, body: [UInt8]) -> OutsideAnswer {
        guard let page = try? Value(json: body), let state = page["status"]?.string else {
            return .unavailable("It answered \(status), and not as Prometheus does; check the address.")
        }
        guard status == 200, state == "success" else {
            return .unavailable("It answered \(status): \(OutsideWords.sentence(page["error"]?.string ?? state))")
        }
        let result = page["data"]?["result"]
        switch page["data"]?["resultType"]?.string {
        case "scalar"?: return number(result)
        case "vector"?:
            let samples = result?.array ?? []
            guard let first = samples.first else { return .nothing("The query has no result.") }
            // Which of them should be judged nobody has said.
            guard samples.count == 1 else {
                return .nothing("The query has \(samples.count) results; make it one, as with sum(…).")
            }
            return number(first["value"])
        case let other:
            return .nothing("The query's result is a \(other ?? "thing without a type"); ask for an instant vector or scalar.")
        }
    }

    /// `[1435781451.781, "0.01"]`
    private static func number(_ sample: Value?) -> OutsideAnswer {
        guard let text = sample?.array?.dropFirst().first?.string, let number = Double(text) else {
            return .nothing("The query's result is no number.")
        }
        return number.isNaN ? .nothing("The query's result is NaN.") : .number(number)
    }
}

/// Reads the answer of a webhook: its status says yes or no, and JSON may say it better.
enum WebhookAnswer {
    static func read(status: Int, body: [UInt8]) -> OutsideAnswer {
        let page = try? Value(json: body)
        let said = page?["message"]?.string.map(OutsideWords.sentence)
        guard (200...299).contains(status) else {
            return .verdict(false, said ?? "It answered \(status).")
        }
        let passes = page?["pass"]?.bool ?? true
        return .verdict(passes, said ?? (passes ? "It answered \(status)." : "It said no."))
    }
}

enum OutsideWords {
    /// What somebody else wrote, before more words follow.
    static func sentence(_ text: String) -> String {
        let line = short(text)
        return line.last.map { ".!?…".contains($0) } ?? true ? line : line + "."
    }

    /// What somebody else wrote, for a status: one line that does not fill it.
    static func short(_ text: String) -> String {
        let line = String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
        return line.unicodeScalars.count < text.unicodeScalars.count ? line + "…" : line
    }
}
