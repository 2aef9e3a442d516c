import Base
import Engine
import Testing

@Suite struct UpstreamRulesTests {
    private let rules = UpstreamRules(
        ownAddresses: ["10.0.0.9", "2001:db8::9"].compactMap { IPAddress($0) },
        ownListeners: [(IPAddress(v4: 0), 8080), (IPAddress("10.0.0.7") ?? .v4Loopback, 9000)])

    @Test(arguments: [
        ("127.0.0.1", UpstreamRules.Refusal.loopback), ("127.9.8.7", .loopback), ("::1", .loopback),
        ("::ffff:127.0.0.1", .loopback), ("::ffff:7f00:1", .loopback), ("::127.0.0.1", .loopback),
        ("64:ff9b::7f00:1", .loopback), ("2002:7f00:1::", .loopback),
        ("0.0.0.0", .unspecified), ("0.1.2.3", .unspecified), ("::", .unspecified), ("::ffff:0.0.0.0", .unspecified),
        ("169.254.169.254", .metadata), ("::ffff:169.254.169.254", .metadata), ("64:ff9b::a9fe:a9fe", .metadata),
        ("fd00:ec2::254", .metadata), ("fd20:ce::254", .metadata), ("100.100.100.200", .metadata), ("168.63.129.16", .metadata),
        ("169.254.1.1", .linkLocal), ("fe80::1", .linkLocal), ("febf::1", .linkLocal), ("169.254.170.2", .linkLocal),
        ("224.0.0.1", .multicast), ("255.255.255.255", .multicast), ("ff02::1", .multicast),
    ])
    func `an address that reaches something it must not is refused, however it is written`(
        text: String, refusal: UpstreamRules.Refusal
    ) throws {
        let address = try #require(IPAddress(text))
        #expect(rules.refusal(address, port: 80, allowsLoopback: false) == refusal)
    }

    @Test(arguments: ["10.0.0.9", "2001:db8::9", "192.0.2.1", "::ffff:192.0.2.1", "fec0::1", "fd00:ec2::255", "100.100.100.201"])
    func `an ordinary address is let through`(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(rules.refusal(address, port: 80, allowsLoopback: false) == nil)
    }

    @Test(arguments: [("10.0.0.9", 8080), ("2001:db8::9", 8080), ("127.0.0.1", 8080), ("::1", 8080), ("10.0.0.7", 9000)])
    func `the gateway's own listeners are refused even where loopback is welcome`(text: String, port: Int) throws {
        let address = try #require(IPAddress(text))
        #expect(rules.refusal(address, port: UInt16(port), allowsLoopback: true) == .ownListener)
    }

    @Test func `where loopback is welcome nothing else is`() throws {
        #expect(rules.refusal(.v4Loopback, port: 80, allowsLoopback: true) == nil)
        #expect(rules.refusal(.v6Loopback, port: 80, allowsLoopback: true) == nil)
        for (text, refusal) in [
            ("169.254.169.254", UpstreamRules.Refusal.metadata), ("fe80::1", .linkLocal), ("0.0.0.0", .unspecified),
        ] {
            let address = try #require(IPAddress(text))
            #expect(rules.refusal(address, port: 80, allowsLoopback: true) == refusal)
        }
    }
}
