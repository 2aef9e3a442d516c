import ArgumentParser
import Base
import Documents
import Engine
import Reactor

/// Where the gateway listens.
struct AddressOptions: ParsableArguments {
    @Option(help: "Where plain HTTP is accepted, ADDR:PORT; may be repeated; 'none' accepts none.")
    var http: [ListenerOption] = [ListenerOption(.any(8080))]

    @Option(
        help: ArgumentHelp(
            """
            Where HTTPS is accepted; may be repeated; 'none' accepts none. Settings that hold there alone follow with commas: \
            min-version, max-version, ciphers, cipher-suites, groups, as in :8443,min-version=1.3.
            """, valueName: "addr:port"))
    var https: [SealedListenerOption] = [SealedListenerOption(ListenerOption(.any(8443)))]

    @OptionGroup(title: "TLS") var tls: TLSOptions

    @Option(help: "Where connections are accepted for a Route with spec.listener of protocol TCP, ADDR:PORT; may be repeated.")
    var tcp: [SocketAddressOption] = []

    @Option(help: "Where datagrams are accepted for a Route with spec.listener of protocol UDP, ADDR:PORT; may be repeated.")
    var udp: [SocketAddressOption] = []

    @Option(help: "The admin pages, ADDR:PORT.")
    var admin: SocketAddressOption = .loopback(9901)

    func validate() throws {
        _ = try sealedListeners()
        let https = https.map(\.listener)
        for problem in [ListenerOption.problem(http, "http"), ListenerOption.problem(https, "https")] {
            if let problem { throw ValidationError(problem) }
        }
        if (http + https).allSatisfy({ $0.address == nil }), tcp.isEmpty, udp.isEmpty {
            throw ValidationError("With --http none and --https none nothing is accepted; leave out one of them.")
        }
    }

    func sealedListeners() throws -> [SealedListener] {
        let usual = try tls.policy()
        return try https.compactMap { option in
            let policy = try option.policy(over: usual)
            return option.listener.address.map { SealedListener(address: $0.socketAddress, policy: policy) }
        }
    }
}

/// How the proxy works.
struct ProxyOptions: ParsableArguments {
    @Option(help: "Worker threads (default: one for each processor that may be used).")
    var workers: Int?

    @Option(
        name: .customLong("access-log"),
        help: "Where requests are logged, one a line: a file, '-' for standard output, or 'none'.")
    var accessLog: String?

    @Option(
        name: .customLong("access-log-format"),
        help: ArgumentHelp(
            "How a line is written: json, common, combined, or a text with fields such as $status in it (default: json).",
            valueName: "format"))
    var accessLogFormat: String?

    @Option(
        name: .customLong("trusted"), help: "An address range of proxies whose forwarding headers are believed; may be repeated.")
    var trusted: [String] = []

    @Flag(
        name: .customLong("proxy-protocol"),
        help:
            "Every connection for --http, --https and --tcp comes from a proxy in --trusted and begins with its PROXY header (v1 or v2)."
    )
    var proxyProtocol = false

    @Option(
        name: .customLong("max-connections-per-address"),
        help: "Most connections from one client address (of IPv6 one /64), unless it is in --trusted (default: any number).")
    var connectionsPerAddress: Int?

    @Option(
        name: .customLong("min-body-rate"),
        help: "Bytes per second that a client has to send of a request's body, over five seconds (default: any number).")
    var bodyRate: Int?

    @Option(
        name: .customLong("min-write-rate"),
        help:
            "Bytes per second that a client has to take of an answer that waits for it, over five seconds (default: any number).")
    var writeRate: Int?

    @Option(
        name: .customLong("client-idle-timeout"),
        help:
            "A client's connection is closed when it rests that long between requests: more than what a load balancer before it allows."
    )
    var clientIdle = DurationOption(.seconds(75))

    @Option(
        name: .customLong("upstream-idle-timeout"),
        help: "A kept connection to an endpoint is closed when it rests that long: less than what the endpoint allows.")
    var upstreamIdle = DurationOption(.seconds(55))

    @Option(
        name: .customLong("buffer-memory"),
        help: ArgumentHelp(
            """
            Memory for heads, and for what waits to be sent, of all workers: a quantity such as 256Mi (default: a quarter of the \
            cgroup's memory limit, at most 1Gi; 256Mi without a limit).
            """, valueName: "quantity"))
    var bufferMemory: String?

    /// Below it there is hardly room for one long head.
    private static let leastBuffers = 1 << 20

    private var bufferBytes: Int? {
        guard let bufferMemory else {
            return Machine.memoryLimit.map { min(1 << 30, max(16 << 20, $0 / 4)) } ?? ProxyLimits().blockBytes
        }
        return ByteQuantity(bufferMemory)?.bytes
    }

    func validate() throws {
        if let workers, !(1...256).contains(workers) { throw ValidationError("--workers must be between 1 and 256.") }
        if let connectionsPerAddress, !(1...1_000_000).contains(connectionsPerAddress) {
            throw ValidationError("--max-connections-per-address must be between 1 and 1000000.")
        }
        if let bodyRate, !(1...1_000_000_000).contains(bodyRate) {
            throw ValidationError("--min-body-rate must be between 1 and 1000000000 bytes per second.")
        }
        for (name, time) in [("client", clientIdle), ("upstream", upstreamIdle)] {
            guard time.duration >= .seconds(1), time.duration <= .seconds(24 * 3600) else {
                throw ValidationError("--\(name)-idle-timeout must be between 1s and 24h.")
            }
        }
        do { _ = try format } catch {
            let hint = error.unknown.flatMap { nearest(to: $0, among: error.names) }.map { " Did you mean '\($0)'?" } ?? ""
            throw ValidationError("--access-log-format, \(error)\(hint)")
        }
        if let writeRate, !(1...1_000_000_000).contains(writeRate) {
            throw ValidationError("--min-write-rate must be between 1 and 1000000000 bytes per second.")
        }
        guard let bytes = bufferBytes, bytes >= Self.leastBuffers else {
            throw ValidationError(
                "--buffer-memory '\(bufferMemory ?? "")' is no quantity of at least 1Mi; write one such as 256Mi.")
        }
        for range in trusted where CIDR(range) == nil {
            throw ValidationError("--trusted '\(range)' is no address range such as 10.0.0.0/8.")
        }
        if proxyProtocol, trusted.isEmpty {
            throw ValidationError("--proxy-protocol needs --trusted: the address ranges of the proxies that send the header.")
        }
    }

    private var format: AccessLogFormat {
        get throws(AccessLogFormat.Problem) { try AccessLogFormat(accessLogFormat ?? "json") }
    }

    var settings: ProxySettings {
        var settings = ProxySettings()
        settings.workers = workers ?? 0
        settings.trusted = trusted.compactMap { CIDR($0) }
        settings.proxyProtocol = proxyProtocol
        settings.limits.clientsPerAddress = connectionsPerAddress ?? 0
        settings.limits.bodyRate = bodyRate ?? 0
        settings.limits.writeRate = writeRate ?? 0
        settings.limits.clientIdle = clientIdle.duration.wholeNanoseconds / 1_000_000
        settings.limits.upstreamIdle = upstreamIdle.duration.wholeNanoseconds / 1_000_000
        if let bufferBytes { settings.limits.blockBytes = bufferBytes }
        settings.accessLogFormat = (try? format) ?? .json
        settings.accessLog =
            switch accessLog {
            case nil, "-": .standardOutput
            case "none": .none
            case let path?: .file(path)
            }
        return settings
    }
}
