import Base
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "::"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::", "fe80::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ])
    func `a numeric address is printed in its canonical form`(written: String, printed: String) {
        #expect(IPAddress(written)?.description == printed)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "0x7f.1", ":", ":::", "1:2", "1::2::3", "12345::", "g::",
        "1:2:3:4:5:6:7:",
    ])
    func `anything else is no address`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `a block contains its addresses and no others`() throws {
        let block = try #require(CIDR("192.0.2.77/24"))
        #expect(block.description == "192.0.2.0/24")
        #expect(block.contains(try #require(IPAddress("192.0.2.255"))))
        #expect(!block.contains(try #require(IPAddress("192.0.3.0"))))
        #expect(try #require(CIDR("::/0")).contains(.v6Loopback))
        #expect(!(try #require(CIDR("0.0.0.0/0")).contains(.v6Loopback)))
        #expect(CIDR("10.0.0.0/33") == nil)
        #expect(CIDR("10.0.0.0/") == nil)
    }

    @Test func `addresses that are never upstreams are recognised`() throws {
        #expect(try #require(IPAddress("127.8.8.8")).isLoopback)
        #expect(try #require(IPAddress("::ffff:127.0.0.1")).isLoopback)
        #expect(try #require(IPAddress("169.254.169.254")).isLinkLocal)
        #expect(try #require(IPAddress("fe80::1")).isLinkLocal)
        #expect(!(try #require(IPAddress("192.0.2.1")).isLoopback))
    }

    /// A prefix counts the bits of the notation it is written in: `::ffff:10.0.0.0/8` is a block of IPv6, far wider than 10/8.
    @Test(arguments: [
        ("10.1.2.3", "10.1.2.3/32"), ("::1", "::1/128"), ("2001:db8::1/32", "2001:db8::/32"), ("10.0.0.0/0", "0.0.0.0/0"),
        ("::ffff:10.1.2.3/104", "10.0.0.0/8"), ("::ffff:10.1.2.3/128", "10.1.2.3/32"), ("::ffff:10.1.2.3/8", "::/8"),
        ("::ffff:10.1.2.3/95", "::fffe:0:0/95"), ("::ffff:0:0/96", "0.0.0.0/0"), ("fe80::1/10", "fe80::/10"),
    ])
    func `a block is printed with its host bits cleared`(written: String, printed: String) throws {
        let block = try #require(CIDR(written))
        #expect(block.description == printed)
        #expect(CIDR(block.description) == block)
    }

    @Test(arguments: [
        "10.0.0.0/-0", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/ 8", "10.0.0.0/8/8", "10.0.0.0/33", "::/129", "/8", "10.0.0/8", "",
        "10.0.0.0/1e1", "10.0.0.0/\u{664}", "10.0.0.0/99999999999999999999",
    ])
    func `anything else is no block`(text: String) {
        #expect(CIDR(text) == nil)
    }

    @Test(arguments: 0..<50)
    func `a block contains exactly the addresses that share its prefix`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let base = IPAddress(high: random.next(), low: random.next())
        let bits = Int(random.below(129))
        let block = try #require(CIDR("\(base)/\(bits)"))
        #expect(block.contains(base))
        for bit in 0..<128 {
            var other = base
            if bit < 64 { other.high ^= 1 << UInt64(63 - bit) } else { other.low ^= 1 << UInt64(127 - bit) }
            #expect(block.contains(other) == (bit >= bits), "\(block) and \(other)")
        }
    }

    @Test(arguments: 0..<200)
    func `a printed address parses to itself`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        // Groups that are often zero, so that runs of them are met.
        func group() -> UInt64 { random.below(2) == 0 ? 0 : UInt64(random.below(1 << 16)) }
        func word() -> UInt64 { (0..<4).reduce(0) { word, _ in word << 16 | group() } }
        let address = IPAddress(high: word(), low: word())
        #expect(IPAddress(address.description) == address, "\(address)")
    }
}

@Suite struct SocketAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1:8080"), ("[::1]:80", "[::1]:80"), (":443", "[::]:443"), ("0.0.0.0:0", "0.0.0.0:0"),
        ("[::ffff:10.0.0.1]:1", "10.0.0.1:1"),
    ])
    func `an address with port is read and printed`(written: String, printed: String) throws {
        let address = try #require(SocketAddress(written))
        #expect(address.description == printed)
        #expect(SocketAddress(address.description) == address)
    }

    @Test(arguments: [
        "", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+80", "127.0.0.1:-0", "::1:80", "[::1]", "[::1:80",
        "::1]:80",
        "localhost:80", "127.0.0.1:8x", "[]:80", "127.0.0.1 :80", "[127.0.0.1]:80",
    ])
    func `anything else is none`(text: String) {
        #expect(SocketAddress(text) == nil)
    }
}
