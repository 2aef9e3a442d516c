import Base
import Documents
import Graph
import Patterns
import Resources

extension PartBuilder {
    /// The conditions of one match; nil when nobody can tell which requests are meant: then it takes none.
    ///
    /// What is wrong breaks the rule. Its requests are still told from others as far as they can be: a condition whose value cannot
    /// be judged takes all requests that carry the field, so that a mistake shuts a door rather than opens it.
    mutating func match(_ item: RouteMatch, at path: FieldPath, _ draft: inout RuleDraft, _ broken: BrokenFields) -> Match? {
        guard !broken.contains(path["path"]), let condition = pathMatch(item.path ?? RouteMatch.Path(), at: path["path"], &draft)
        else {
            draft.breaks(.ruleBroken)
            return nil
        }
        guard !broken.contains(path["method"]), let sources = sources(item.sourceCIDRs, at: path["sourceCIDRs"], &draft),
            !broken.contains(path["sourceCIDRs"])
        else {
            draft.breaks(.ruleBroken)
            return nil
        }
        if case .prefix = condition {} else { draft.hasOtherPaths = true }
        return Match(
            path: condition, method: item.method?.rawValue,
            headers: named(item.headers, at: path["headers"], &draft, broken) { $0.lowercased() },
            queries: named(item.queryParams, at: path["queryParams"], &draft, broken) { $0 },
            cookies: named(item.cookies, at: path["cookies"], &draft, broken) { $0 }, sources: sources)
    }

    private mutating func pathMatch(_ path: RouteMatch.Path, at field: FieldPath, _ draft: inout RuleDraft) -> PathMatch? {
        let found: PathMatch? =
            switch path.type {
            case .exact: PathText.canonical(path.value).map { .exact($0) }
            case .prefix: PathText.prefix(path.value).map { .prefix($0) }
            case .regex: checked(path.value, at: field["value"], &draft) ? .regex(path.value) : nil
            }
        if found == nil, path.type != .regex {
            refuse(
                field["value"], .ruleBroken,
                "'\(path.value)' is no path that a request can have; begin with '/', and write no '?', '#', '\\', or dot segments."
            )
        }
        return found
    }

    mutating func named(
        _ items: [RouteMatch.Named], at list: FieldPath, _ draft: inout RuleDraft, _ broken: BrokenFields,
        _ spelling: (String) -> String
    ) -> [NamedMatch] {
        var matches: [NamedMatch] = []
        for (item, i) in zip(items, broken.positions(of: items.count, in: list)) where !item.name.isEmpty {
            let isUsable =
                !broken.contains(list[i]) && (item.type != .regex || checked(item.value ?? "", at: list[i]["value"], &draft))
            let name = spelling(item.name)
            // Further conditions on a name that was there already are ignored (Gateway API, HTTPHeaderMatch).
            guard !matches.contains(where: { $0.name == name }) else {
                report(
                    .warning, list[i]["name"], reason: "DuplicateMatch",
                    "There is a condition on '\(item.name)' above; remove this one.")
                continue
            }
            matches.append(NamedMatch(name: name, value: isUsable ? ValueMatch(item) : .present))
        }
        return matches
    }

    private mutating func sources(_ texts: [String], at list: FieldPath, _ draft: inout RuleDraft) -> [CIDR]? {
        var blocks: [CIDR] = []
        for (i, text) in texts.enumerated() {
            guard let block = CIDR(text) else {
                refuse(list[i], .ruleBroken, "'\(text)' is no address block; write one such as 192.0.2.0/24 or 2001:db8::/32.")
                return nil
            }
            blocks.append(block)
        }
        return blocks
    }

    /// Whether a regular expression can be used; if not, the rule is broken.
    private mutating func checked(_ pattern: String, at path: FieldPath, _ draft: inout RuleDraft) -> Bool {
        do {
            _ = try Pattern.compile(pattern, mode: .whole)
            return true
        } catch {
            refuse(path, .ruleBroken, "The regular expression '\(pattern)' cannot be used: \(error). Correct it (PCRE2 syntax).")
            draft.breaks(.ruleBroken)
            return false
        }
    }
}

extension ValueMatch {
    /// A condition that can be used as it is written.
    init(_ item: RouteMatch.Named) {
        self =
            switch item.type {
            case .present: .present
            case .absent: .absent
            case .exact: .exact(item.value ?? "")
            case .regex: .regex(item.value ?? "")
            }
    }
}
