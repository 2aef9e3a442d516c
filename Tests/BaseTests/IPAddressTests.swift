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
}
