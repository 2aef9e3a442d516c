import Documents

/// Conditions on what a request carries, for who takes requests by nothing else: there has to be one.
protocol CarriedConditions: Sendable {
    var headers: [RouteMatch.Named] { get set }
    var cookies: [RouteMatch.Named] { get set }
}

extension RouteMatch {
    /// The members of such conditions.
    static func carried<T: CarriedConditions>() -> [Field<T>] {
        [
            Field(
                "headers", \.headers, .list(named("Header", RouteFilter.headerName), max: 16),
                "Conditions on header fields; all must hold."),
            Field(
                "cookies", \.cookies, .list(named("Cookie", RouteFilter.cookieName), max: 16),
                "Conditions on cookies; all must hold."),
        ]
    }

    /// Says so where there is no condition. One that cannot be read has been told already.
    static func carriesOne<T: CarriedConditions>(else message: String) -> @Sendable (T, FieldPath, inout FieldProblems) -> Void {
        { match, path, problems in
            guard match.headers.isEmpty, match.cookies.isEmpty,
                !problems.all.contains(where: { $0.path == path["headers"] || $0.path == path["cookies"] })
            else { return }
            problems.invalid(path, message)
        }
    }

    /// The same in CEL.
    static let carriesOneRule = "(has(self.headers) && size(self.headers) > 0) || (has(self.cookies) && size(self.cookies) > 0)"
}
