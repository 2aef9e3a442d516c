import Base

extension Proxy {
    /// Replaces the rules about upstream addresses, such as when it is known which ports are ours. Endpoints are judged again.
    public func setUpstreamRules(_ rules: UpstreamRules) { registry.setRules(rules) }
}
