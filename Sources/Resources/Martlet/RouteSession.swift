import Base
public import Documents

/// What ties a client to an endpoint of wherever a rule leads to: Gateway API's `sessionPersistence` (GEP-1619) without idle timeouts.
public struct RouteSession: Equatable, Sendable {
    public enum PersistenceType: String, Sendable, CaseIterable {
        case cookie = "Cookie"
        case header = "Header"
    }

    public enum LifetimeType: String, Sendable, CaseIterable {
        case session = "Session"
        case permanent = "Permanent"
    }

    public struct CookieConfig: Equatable, Sendable {
        public var lifetimeType: LifetimeType?
        public init() {}
    }

    public var type: PersistenceType?
    public var sessionName: String?
    public var absoluteTimeout: Duration?
    public var cookieConfig: CookieConfig?
    public init() {}

    private static let shortTimeout = "A session lasts for a second at least; write 1s or more, or leave absoluteTimeout out."
    private static let endless = "A permanent cookie needs an end; add absoluteTimeout."
    private static let nameless = "Persistence by header needs the header's name; add sessionName."

    private static let cookieConfig = Shape<CookieConfig>.object(
        "SessionCookie", CookieConfig(),
        [
            Field(
                "lifetimeType", \.lifetimeType, .choice(),
                "`Session` (when absent): the browser drops the cookie when it ends. `Permanent`: it keeps it for `absoluteTimeout`."
            )
        ])

    public static let shape = Shape<RouteSession>.object(
        "RouteSession", RouteSession(),
        [
            Field(
                "type", \.type, .choice(), required: true,
                "What ties a client to an endpoint: a `Cookie` that the gateway sets, or the value of a `Header` that clients send."
            ),
            Field(
                "sessionName", \.sessionName, RouteFilter.cookieName,
                "Name of the cookie (one of the rule's own when absent) or header."),
            Field(
                "absoluteTimeout", \.absoluteTimeout, .duration,
                "How long a cookie counts from when it was set; absent, as long as the browser keeps it."),
            Field("cookieConfig", \.cookieConfig, cookieConfig, "How browsers keep the cookie."),
        ],
        check: { session, path, problems in
            if let limit = session.absoluteTimeout, limit < .seconds(1) {
                problems.invalid(path["absoluteTimeout"], shortTimeout)
            }
            let isTimed = session.absoluteTimeout != nil || problems.all.contains { $0.path == path["absoluteTimeout"] }
            if session.cookieConfig?.lifetimeType == .permanent, !isTimed {
                problems.invalid(path["cookieConfig"]["lifetimeType"], endless)
            }
            let isNamed = session.sessionName != nil || problems.all.contains { $0.path == path["sessionName"] }
            if session.type == .header, !isNamed { problems.invalid(path["sessionName"], nameless) }
        }
    )
    .rule("!has(self.absoluteTimeout) || duration(self.absoluteTimeout) >= duration('1s')", shortTimeout)
    .rule(
        "!has(self.cookieConfig) || !has(self.cookieConfig.lifetimeType) || self.cookieConfig.lifetimeType != 'Permanent'"
            + " || has(self.absoluteTimeout)", endless
    )
    .rule("self.type != 'Header' || has(self.sessionName)", nameless)
}
