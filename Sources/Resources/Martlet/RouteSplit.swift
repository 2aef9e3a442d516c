import Base
public import Documents

/// N arms of a rule.
public struct RouteSplit: Equatable, Sendable {
    public struct Arm: Equatable, Sendable {
        public var name = ""
        public var weight = 0
        public var backendRefs: [BackendRef] = []
        public init() {}
    }

    public enum PersistenceType: String, Sendable, CaseIterable {
        case cookie = "Cookie"
        case header = "Header"
        case clientIP = "ClientIP"
    }

    public struct Persistence: Equatable, Sendable {
        public var type: PersistenceType?
        public var sessionName: String?
        public var absoluteTimeout: Duration?
        public init() {}
    }

    /// Requests that go to an arm whatever its weight.
    public struct Override: Equatable, Sendable, CarriedConditions {
        public var headers: [RouteMatch.Named] = []
        public var cookies: [RouteMatch.Named] = []
        public var arm = ""
        public init() {}
    }

    public var sessionPersistence: Persistence?
    public var overrides: [Override] = []
    public var arms: [Arm] = []
    public var activeArm = ""
    public var force = false
    public init() {}

    private static let shortTimeout = "A cookie counts for a second at least; write 1s or more, or leave absoluteTimeout out."

    private static let persistence = Shape<Persistence>.object(
        "SessionPersistence", Persistence(),
        [
            Field(
                "type", \.type, .choice(), required: true,
                "What ties a client to an arm: a `Cookie` that the gateway sets, the value of a `Header` that clients send, or the client's "
                    + "address (`ClientIP`)."),
            Field(
                "sessionName", \.sessionName, RouteFilter.cookieName,
                "Name of the cookie (`martlet-arm` when absent) or header."),
            Field(
                "absoluteTimeout", \.absoluteTimeout, .duration,
                "How long a cookie counts from when it was set; absent, as long as the browser keeps it."),
        ],
        check: { persistence, path, problems in
            guard let limit = persistence.absoluteTimeout, limit < .seconds(1) else { return }
            problems.invalid(path["absoluteTimeout"], shortTimeout)
        }
    )
    .rule("!has(self.absoluteTimeout) || duration(self.absoluteTimeout) >= duration('1s')", shortTimeout)
    .rule(
        "self.type != 'Header' || has(self.sessionName)", "Persistence by header needs the header's name; add sessionName.")

    private static let arm = Shape<Arm>.object(
        "SplitArm", Arm(),
        [
            Field("name", \.name, RouteRule.ruleName, required: true, "Name of the arm; unique within the split."),
            Field("weight", \.weight, .weight, required: true, "Share of the requests; only ratios count."),
            Field(
                "backendRefs", \.backendRefs, .list(BackendRef.shape, max: 16).with("minItems", 1), required: true,
                "Where the arm's requests go."),
        ])

    private static let override = Shape<Override>.object(
        "SplitOverride", Override(),
        RouteMatch.carried() + [
            Field("arm", \.arm, RouteRule.ruleName, required: true, "The arm that such requests go to, also with weight 0.")
        ],
        check: RouteMatch.carriesOne(else: noConditions)
    )
    .rule(RouteMatch.carriesOneRule, noConditions)

    private static let noConditions =
        "An override without conditions would take every request; add headers or cookies, or use activeArm."

    public static let shape = Shape<RouteSplit>.object(
        "RouteSplit", RouteSplit(),
        [
            Field("sessionPersistence", \.sessionPersistence, persistence, "Keeps a client in its arm."),
            Field(
                "overrides", \.overrides, .list(override, max: 16),
                "Requests that go to an arm by what they carry. The first that holds decides, before `activeArm`, persistence and weights."
            ),
            Field("arms", \.arms, .list(arm, max: 16, keys: ["name"]).with("minItems", 1), required: true, "The arms."),
            Field(
                "activeArm", \.activeArm, .string(maxLength: 63),
                "Naming an arm sends everything there: an atomic blue-green switch. While the arm has no ready endpoint, the others serve by "
                    + "weight."),
            Field("force", \.force, .boolean, "Switch to `activeArm` also while it has no ready endpoint."),
        ]
    )
    .rule(
        "!has(self.activeArm) || self.activeArm == '' || self.arms.exists(a, a.name == self.activeArm)",
        "There is no arm of the name in activeArm; name one of the arms, or leave it empty."
    )
    .rule(
        "!has(self.overrides) || self.overrides.all(o, self.arms.exists(a, a.name == o.arm))",
        "An override names an arm that there is not; name one of the arms.")
}
