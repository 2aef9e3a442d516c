import Graph
import Pipeline
import Policies

/// Makes a `RuleBlock` from a rule. Nothing that a user wrote can make it fail: what cannot be obeyed becomes a row that answers 500.
struct RuleCompiler {
    let registry: CellRegistry
    let clusters: ClusterIndex
    var problems: [LinkProblem] = []
    /// Found again, also before the host that leads to them is there.
    private var made: [RuleBlock] = []

    init(registry: CellRegistry, clusters: ClusterIndex) {
        self.registry = registry
        self.clusters = clusters
    }

    var store: PlanStore { registry.plans }

    /// The block for exactly this rule object: found again, or made. nil when there are more rules than rows.
    mutating func block(for rule: Rule) -> RuleBlock? {
        if let known = store.block(for: rule) { return known }
        let block = RuleBlock(rule: rule, store: store)
        guard let index = store.allocate(row(for: rule, block)) else {
            problems.append(LinkProblem(rule: rule.id, message: "there are too many rules"))
            return nil
        }
        block.index = index
        store.use(block)
        made.append(block)
        return block
    }

    /// All hosts are there: what none of them leads to goes.
    mutating func finish() {
        for block in made { store.drop(block) }
        made = []
    }

    private mutating func row(for rule: Rule, _ block: RuleBlock) -> RuleRow {
        var row = RuleRow()
        row.name = block.add(rule.id)
        row.unsealed = rule.unsealed
        row.series = SeriesSlot(store.knownSeries(SeriesName(rule: rule.id, arm: "")), in: block)
        row.limits = limits(of: rule, block)
        guard let filters = filters(rule.filters, rule.id, block) else {
            row.reason = .filterInvalid
            return row
        }
        row.chain = chain(filters, block)
        row.more = more(of: rule, block, &row)
        return row
    }

    private func limits(of rule: Rule, _ block: RuleBlock) -> Sometimes<LimitRow> {
        guard
            rule.timeouts != Timeouts() || rule.retry != nil || rule.hedge != nil || rule.sessions != nil || rule.balancer != nil
        else { return .nothing }
        var row = LimitRow(rule)
        if let sessions = rule.sessions { row.tie = EndpointTie(sessions, name: block.rows(Array(sessions.name.utf8))) }
        row.balancer = rule.balancer.map {
            BalancerRow(balancer: $0.balancer, key: RequestKey($0), name: block.rows($0.hashKey.nameBytes))
        }
        return block.place(row)
    }

    /// What the rule does, and what of that few rules do.
    private mutating func more(of rule: Rule, _ block: RuleBlock, _ row: inout RuleRow) -> Sometimes<RuleMore> {
        var more = RuleMore()
        var isMore = false
        for case .deprecation(let deprecation) in rule.filters {
            more.callers = store.callers.index(of: rule.id, deprecation)
            isMore = true
        }
        switch rule.action {
        case .forward(let split):
            row.kind = .forward
            row.split = splitRow(split, rule.id, block)
            more.mirrors = mirrors(rule.filters, rule.id, block)
            isMore = isMore || more.mirrors.count > 0
        case .redirect(let redirect):
            guard let made = redirectRow(redirect, block) else {
                problems.append(LinkProblem(rule: rule.id, message: "the redirect's host or path cannot be written in a URL"))
                row.reason = .filterInvalid
                break
            }
            row.kind = .redirect
            more.redirect = made
            isMore = true
        case .respond(let response):
            row.kind = .respond
            more.response = ResponseRow(
                status: UInt16(clamping: response.status), contentType: response.contentType.map(block.add) ?? .nothing,
                body: block.add(response.body))
            isMore = true
        case .fail(let reason): row.reason = Reason(brokenRule: reason)
        }
        return isMore ? block.place(more) : .nothing
    }

    // MARK: Filters

    /// nil when one of them cannot run: the rule then answers 500 rather than run without it.
    mutating func filters(_ specs: [FilterSpec], _ rule: String, _ block: RuleBlock) -> [Filter]? {
        var made: [Filter] = []
        for spec in specs {
            switch spec {
            case .requestHeaders(let edits):
                guard let filter = HeaderFilter(edits, side: .request) else { return refuse(rule, "a request header filter") }
                made.append(filter)
            case .responseHeaders(let edits):
                guard let filter = HeaderFilter(edits, side: .response) else { return refuse(rule, "a response header filter") }
                made.append(filter)
            case .rewrite(let rewrite):
                guard let filter = RewriteFilter(rewrite) else { return refuse(rule, "a rewrite") }
                made.append(filter)
            // What is a filter to users is none here: nothing of the request or the answer changes (see `mirrors`).
            case .mirror: break
            case .deprecation(let deprecation):
                guard let filter = DeprecationFilter(deprecation) else { return refuse(rule, "a deprecation") }
                made.append(filter)
            }
        }
        return made
    }

    private mutating func refuse(_ rule: String, _ what: String) -> [Filter]? {
        problems.append(LinkProblem(rule: rule, message: "\(what) has a name, value or pattern that cannot be used"))
        return nil
    }

    func filterRows(_ filters: [Filter], _ block: RuleBlock) -> (Rows<Unmanaged<Filter>>, Filter.Interests) {
        block.kept.add(filters)
        let interests = filters.reduce(into: Filter.Interests()) { $0.formUnion($1.interests) }
        return (unsafe block.rows(filters.map { unsafe Unmanaged.passUnretained($0) }), interests)
    }

    private func chain(_ filters: [Filter], _ block: RuleBlock) -> FilterChain {
        let (rows, interests) = unsafe filterRows(filters, block)
        return unsafe FilterChain(rows: rows.start, count: rows.size, interests: interests)
    }

    // MARK: Redirects

    private func redirectRow(_ redirect: Redirect, _ block: RuleBlock) -> RedirectRow? {
        var row = RedirectRow()
        switch redirect.scheme?.lowercased() {
        case nil: row.scheme = .asRequested
        case "http": row.scheme = .http
        case "https": row.scheme = .https
        default: return nil
        }
        if let host = redirect.hostname {
            guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }) else { return nil }
            row.host = block.add(host)
        }
        row.port = redirect.port ?? 0
        row.status = (300..<400).contains(redirect.status) ? UInt16(redirect.status) : 302
        if let path = redirect.path {
            guard let rewriter = PathRewriter(path) else { return nil }
            block.kept.add(rewriter)
            unsafe row.path = .passUnretained(rewriter)
        }
        return row
    }
}

extension LimitRow {
    fileprivate init(_ rule: Rule) {
        let timeouts = rule.timeouts
        request = TimeLimit(timeouts.request)
        backendRequest = TimeLimit(timeouts.backendRequest)
        streamIdle = TimeLimit(timeouts.streamIdle)
        if let retry = rule.retry { self.retry = RetryRow(retry) }
        if let hedge = rule.hedge { self.hedge = HedgeRow(hedge) }
    }
}

/// Something in a graph that cannot be obeyed. The translator should have said so before; this is the second net.
public struct LinkProblem: Equatable, Sendable {
    public let rule: String
    public let message: String

    public init(rule: String, message: String) {
        self.rule = rule
        self.message = message
    }
}
