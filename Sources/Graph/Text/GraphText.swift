/// The routing graph as a text that people read and that parses back to an equal graph.
///
/// One fact a line; what belongs to a line is indented below it; `#` starts a comment line. Words that hold spaces, quotes or
/// other unusual bytes are written as `"…"` with `\"`, `\\`, `\n`, `\t`, `\r` and `\u{…}`.
/// ```
/// listener http 0.0.0.0:8080
///   host shop.example.com
///     prefix /checkout method GET header x-beta = 1 -> Route/shop/shop/checkout
///     prefix / -> Route/shop/shop/rest
///
/// listener https 0.0.0.0:8443
///   certificate shop.example.com shop/shop-tls shop/shop-rsa clients shop/partners
///   hosts of http 0.0.0.0:8080
///
/// listener tcp 0.0.0.0:9000
///   host * joined
///     -> Route/shop/queue/0
///
/// rule Route/shop/shop/checkout
///   request-headers set x-shop 1 remove x-debug
///   timeout request 15s try 4s idle 1h
///   retry 2 codes 502,503 backoff 25ms budget 20%
///   hedge 50ms 10%
///   forward active stable forced persist cookie arm for 24h
///     override canary header x-canary = always cookie beta ~ "^on$"
///     arm stable 90
///       backend shop/checkout-v1:80
///     arm canary 10
///       backend shop/checkout-v2:80 weight 3
///       backend missing BackendNotFound
///
/// rule Route/shop/shop/rest
///   sessions cookie cart for 8h permanent
///   balancer maglev header x-cart
///   forward to shop/web:80
///
/// rule Route/shop/queue/0
///   forward to shop/queue:5672
///
/// cluster shop/queue:5672 http proxy-protocol v2
///   endpoint 10.0.0.8:5672
///
/// cluster shop/web:80 http balancer round-robin also maglev sessions 0123456789abcdef0123456789abcdef header x-user connect 3s
///   canary shop/web-next:80 12.5% header x-canary = always unless never
///   switch shop/web-green:80
///   endpoint 10.0.0.7:8080 zone eu-1a
///   endpoint [2001:db8::7]:8080 draining
///
/// cluster shop/pay:443 https tls pay.shop.svc ca shop/pay-ca certificate shop/gateway
///   endpoint 10.0.0.9:8443
///
/// grant Route/shop/shop -> Service/pay/checkout
/// ```
public enum GraphText {
    /// Prints any graph; equal graphs print equally.
    public static func print(_ graph: RoutingGraph) -> String {
        var printer = GraphPrinter()
        printer.graph(graph)
        return printer.text
    }

    /// Reads what `print` wrote, or what somebody wrote by hand. Rules named by several entries become one object.
    public static func parse(_ text: String) throws(GraphTextError) -> RoutingGraph {
        var parser = GraphParser(lines: try LineReader.read(text))
        return try parser.graph()
    }
}
