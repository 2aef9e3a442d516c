import Base
import HTTP
import Testing

@Suite struct ProxyHeaderWriterTests {
    private func address(_ text: String) throws -> SocketAddress { try #require(SocketAddress(text)) }

    private func line(_ source: String, _ destination: String) throws -> String {
        let buffer = Buffer(capacity: ProxyHeaderWriter.longest)
        let count = ProxyHeaderWriter(source: try address(source), destination: try address(destination)).writeLine(to: buffer)
        return String(decoding: (0..<count).map { buffer[$0] }, as: UTF8.self)
    }

    @Test func `a line names both ends in one family`() throws {
        #expect(try line("192.0.2.7:40000", "10.0.0.1:443") == "PROXY TCP4 192.0.2.7 10.0.0.1 40000 443\r\n")
        #expect(try line("255.255.255.255:65535", "0.0.0.0:0") == "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n")
        #expect(try line("[2001:db8::7]:1", "[::1]:2") == "PROXY TCP6 2001:db8:0:0:0:0:0:7 0:0:0:0:0:0:0:1 1 2\r\n")
        #expect(try line("[2001:db8::7]:1", "10.0.0.1:2") == "PROXY TCP6 2001:db8:0:0:0:0:0:7 ::ffff:10.0.0.1 1 2\r\n")
    }

    @Test(arguments: [
        ("192.0.2.7:40000", "10.0.0.1:443"), ("[2001:db8::7]:65535", "[::1]:443"), ("[2001:db8::7]:65535", "10.0.0.1:443"),
        ("10.0.0.1:1", "[::1]:443"),
    ])
    func `what is written is read as the same client`(_ pair: (String, String)) throws {
        let (source, destination) = (try address(pair.0), try address(pair.1))
        let writer = ProxyHeaderWriter(source: source, destination: destination)
        let names = Array(repeating: UInt8(ascii: "n"), count: 255)
        for count in [0, 1, 255] {
            let buffer = Buffer(capacity: ProxyHeaderWriter.longest)
            let length = writer.writeBinary(
                to: buffer, authority: names.span.extracting(first: count), application: names.span.extracting(first: count))
            #expect(
                ProxyHeader.parse(buffer[0..<length]) == .complete(ProxyHeader(origin: .client(source), length: length)))
        }
        let buffer = Buffer(capacity: ProxyHeaderWriter.longest)
        let length = writer.writeLine(to: buffer)
        #expect(ProxyHeader.parse(buffer[0..<length]) == .complete(ProxyHeader(origin: .client(source), length: length)))
    }

    @Test func `names are told as the protocol has them`() throws {
        let writer = ProxyHeaderWriter(source: try address("192.0.2.7:40000"), destination: try address("10.0.0.1:443"))
        let buffer = Buffer(capacity: ProxyHeaderWriter.longest)
        let length = writer.writeBinary(to: buffer, authority: Array("a.b".utf8).span, application: Array("h2".utf8).span)
        let written = (12..<length).map { buffer[$0] }
        let addresses: [UInt8] = [192, 0, 2, 7, 10, 0, 0, 1, 156, 64, 1, 187]
        #expect(written == [0x21, 0x11, 0, 23] + addresses + [1, 0, 2, 104, 50] + [2, 0, 3, 97, 46, 98])
    }
}
