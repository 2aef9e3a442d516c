import Documents
import Graph
import Patterns
import Resources

extension PartBuilder {
    /// The filters of a rule in order. Redirects and direct responses become the draft's answer.
    mutating func filters(_ draft: inout RuleDraft) -> [FilterSpec] {
        let list = draft.path["filters"]
        // The first one, so that answers of all others say it, too.
        var specs: [FilterSpec] = draft.rule.deprecation.map { [.deprecation(Deprecation($0))] } ?? []
        // A rule whose filters were left out in part is broken already: positions need not be exact then.
        for (i, filter) in draft.rule.filters.enumerated() {
            let path = list[i]
            switch filter.type {
            case .requestHeaderModifier:
                if let edits = filter.requestHeaderModifier {
                    specs.append(.requestHeaders(headers(edits, at: path["requestHeaderModifier"])))
                }
            case .responseHeaderModifier:
                if let edits = filter.responseHeaderModifier {
                    specs.append(.responseHeaders(headers(edits, at: path["responseHeaderModifier"])))
                }
            case .urlRewrite:
                if let rewrite = filter.urlRewrite {
                    let modifier = rewrite.path.flatMap { self.path($0, at: path["urlRewrite"]["path"], &draft) }
                    specs.append(
                        .rewrite(
                            Rewrite(
                                hostname: hostname(rewrite.hostname, at: path["urlRewrite"]["hostname"], &draft), path: modifier))
                    )
                }
            case .requestMirror:
                if let mirror = filter.requestMirror, let spec = self.mirror(mirror, at: path["requestMirror"]) {
                    specs.append(spec)
                }
            case .requestRedirect:
                if let redirect = filter.requestRedirect {
                    answer(.redirect(self.redirect(redirect, at: path["requestRedirect"], &draft)), &draft)
                }
            case .directResponse:
                if let response = filter.directResponse {
                    answer(
                        .respond(
                            DirectResponse(status: response.statusCode, contentType: response.contentType, body: response.body)),
                        &draft)
                }
            case nil: break
            }
        }
        checkTogether(&draft)
        return specs
    }

    private mutating func answer(_ action: Action, _ draft: inout RuleDraft) {
        if draft.answer != nil {
            clash(&draft, "The rule answers by another filter already; keep one RequestRedirect or DirectResponse.")
        }
        draft.answer = action
    }

    /// Gateway API, HTTPRouteFilterType: what may not stand in one rule.
    private mutating func checkTogether(_ draft: inout RuleDraft) {
        let types = draft.rule.filters.compactMap(\.type)
        let rewrites = types.filter { $0 == .urlRewrite }.count
        if rewrites > 1 { clash(&draft, "There are \(rewrites) URLRewrite filters; keep one.") }
        if rewrites > 0, draft.answer != nil {
            clash(
                &draft,
                "URLRewrite has no place beside RequestRedirect or DirectResponse, which never ask a backend; remove one of them."
            )
        }
        if draft.answer != nil, types.contains(.requestMirror) {
            report(
                .warning, draft.path["filters"], reason: "MirrorUnused",
                "The rule asks no backend, so there is nothing to copy; remove its RequestMirror filters.")
        }
        if draft.needsPrefix, draft.hasOtherPaths {
            clash(
                &draft,
                "ReplacePrefixMatch needs matches of type PathPrefix; use ReplaceFullPath or ReplaceRegexMatch with the others.")
        }
    }

    private mutating func clash(_ draft: inout RuleDraft, _ message: String) {
        report(
            .error, draft.path["filters"], condition: Refusal.accepted, reason: Refusal.incompatibleFilters, message)
        draft.breaks(.filterInvalid)
    }

    // MARK: Single filters

    private mutating func headers(_ edits: RouteFilter.HeaderModifier, at path: FieldPath) -> HeaderEdits {
        let names = edits.set.map(\.name) + edits.add.map(\.name) + edits.remove
        for name in names where Self.framing.contains(name.lowercased()) {
            report(
                .warning, path, reason: "HeaderNotEditable",
                "'\(name)' frames the message or concerns one connection only, so editing it has no effect; remove it.")
        }
        return HeaderEdits(
            set: edits.set.map { HeaderEdits.Pair(name: $0.name.lowercased(), value: $0.value) },
            add: edits.add.map { HeaderEdits.Pair(name: $0.name.lowercased(), value: $0.value) },
            remove: edits.remove.map { $0.lowercased() })
    }

    /// RFC 9110 section 7.6.1 and RFC 9112 section 6.
    private static let framing: Set<String> = [
        "connection", "content-length", "transfer-encoding", "keep-alive", "proxy-connection", "te", "trailer", "upgrade",
    ]

    private mutating func redirect(_ redirect: RouteFilter.RequestRedirect, at path: FieldPath, _ draft: inout RuleDraft)
        -> Redirect
    {
        Redirect(
            scheme: redirect.scheme, hostname: hostname(redirect.hostname, at: path["hostname"], &draft),
            port: redirect.port.flatMap { UInt16(exactly: $0) },
            path: redirect.path.flatMap { self.path($0, at: path["path"], &draft) },
            status: redirect.statusCode)
    }

    private mutating func hostname(_ text: String?, at path: FieldPath, _ draft: inout RuleDraft) -> String? {
        guard let text else { return nil }
        guard case .exact? = Hostname.pattern(text, depth: .many) else {
            refuse(path, .filterInvalid, "'\(text)' is no hostname that a request can be sent to; write one without '*'.")
            draft.breaks(.filterInvalid)
            return nil
        }
        return text
    }

    /// One whose backend cannot be used is left out, and the rule serves without it (Gateway API, HTTPRequestMirrorFilter).
    private mutating func mirror(_ mirror: RouteFilter.RequestMirror, at path: FieldPath) -> FilterSpec? {
        guard case .cluster(let id) = backend(mirror.backendRef, at: path["backendRef"]).target else { return nil }
        var comparison = Mirror.Comparison()
        for word in mirror.compare {
            switch word {
            case "status": comparison.status = true
            case "latency": comparison.latency = true
            case "bodyDigest": comparison.body = true
            default:
                let name = word.dropFirst(RouteFilter.RequestMirror.headerMark.count).lowercased()
                if !comparison.headers.contains(name) { comparison.headers.append(name) }
            }
        }
        return .mirror(
            Mirror(
                cluster: id, share: Mirror.Share(hundredths: mirror.percent?.hundredths ?? 10_000), timeout: mirror.timeout,
                comparison: comparison))
    }

    private mutating func path(_ modifier: RouteFilter.PathModifier, at path: FieldPath, _ draft: inout RuleDraft) -> PathRewrite?
    {
        switch modifier.type {
        case .full:
            guard let text = modifier.replaceFullPath else { return incomplete("replaceFullPath", at: path, &draft) }
            return usable(text, at: path["replaceFullPath"], &draft) ? .replaceFull(text) : nil
        case .prefix:
            guard let text = modifier.replacePrefixMatch else { return incomplete("replacePrefixMatch", at: path, &draft) }
            draft.needsPrefix = true
            return usable(text, at: path["replacePrefixMatch"], &draft) ? .replacePrefix(text) : nil
        case .regex:
            guard let regex = modifier.regex else { return incomplete("regex", at: path, &draft) }
            guard let substitution = modifier.substitution else { return incomplete("substitution", at: path, &draft) }
            return replacement(regex, substitution, at: path, &draft)
        case nil: return nil
        }
    }

    private mutating func replacement(
        _ regex: String, _ substitution: String, at path: FieldPath, _ draft: inout RuleDraft
    ) -> PathRewrite? {
        let pattern: Pattern
        do {
            pattern = try Pattern.compile(regex, mode: .search)
        } catch {
            refuse(
                path["regex"], .filterInvalid,
                "The regular expression '\(regex)' cannot be used: \(error). Correct it (PCRE2 syntax).")
            draft.breaks(.filterInvalid)
            return nil
        }
        do {
            _ = try Substitution(substitution, captureCount: pattern.captureCount)
        } catch {
            refuse(
                path["substitution"], .filterInvalid, "The substitution '\(substitution)' cannot be used: \(error). Correct it.")
            draft.breaks(.filterInvalid)
            return nil
        }
        guard usable(substitution, at: path["substitution"], &draft) else { return nil }
        return .replaceRegex(pattern: regex, substitution: substitution)
    }

    private mutating func incomplete(_ member: String, at path: FieldPath, _ draft: inout RuleDraft) -> PathRewrite? {
        refuse(path[member], .filterInvalid, "This replacement needs '\(member)'; add it.")
        draft.breaks(.filterInvalid)
        return nil
    }

    /// Only what can stand in a request line (RFC 9112 section 3.2).
    private mutating func usable(_ text: String, at path: FieldPath, _ draft: inout RuleDraft) -> Bool {
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) { return true }
        refuse(
            path, .filterInvalid, "A path holds no spaces, control characters, '#' or letters outside ASCII; escape them as %20.")
        draft.breaks(.filterInvalid)
        return false
    }
}

extension Deprecation {
    init(_ deprecation: RouteDeprecation) {
        self.init(
            since: RouteDeprecation.seconds(deprecation.since), sunset: RouteDeprecation.seconds(deprecation.sunset),
            link: deprecation.link, successor: deprecation.successor, endsAtSunset: deprecation.afterSunset == .gone,
            brownOuts: deprecation.brownouts.compactMap { one in
                guard let from = RouteDeprecation.seconds(one.from), let to = RouteDeprecation.seconds(one.to) else { return nil }
                return BrownOut(from: from, to: to, status: one.statusCode, share: one.percent?.hundredths ?? 10_000)
            })
    }
}
