import Base
import HTTP
import Testing

/// A client that is not ours and not nghttp2's: what Python's h2 4.4 sent, with Huffman codes, a dynamic table, padding and a priority.
@Suite struct HTTP2OutsiderTests {
    private static let recorded = """
        505249202a20485454502f322e300d0a0d0a534d0d0a0d0a00002a04000000000000010000100000020000000100040000ffff0005000040
        0000080000000000030000006400060001000000005901040000000183418944e7ad72f91d35d05f8744916083b12c1925a51fe1a481df8e
        d02a20797a87afd2673d4b4e2f5f8b1d75d0620d263d4c7441ea5c820b3f1f11821c0160984150831ea8001132d36e3af3e38c921650044c
        b4db8ebcff00000d0001000000017b226974656d223a2034327d0a00002e012500000003000000000f82c38784c1518cad2b5ddbf4a569fb
        ed00177f4086f2b169ad3ebf801f088aba51d85b141c645e42cb00001a0104000000054283d7c37fc687448562dae838e44082497f864d83
        3505b11fc600001800080000000514616263000000000000000000000000000000000000000000000300000000000564656600000e010500
        0000054088f2b127293aa2da7f831c6117000008060000000000313233343536373800017f01040000000782c98744846283d5374083f2b0
        3f99ee3a2d2a87954aada632d8a03e94f139893a864296d46ed6974083f2b07f99ee3a2d2a87954aada632d8a07e94f139893a864296d46e
        d6974083f2b0bf99ee3a2d2a87954aada632d8a0be94f139893a864296d46ed6974083f2b33f99ee3a2d2a87954aada632d8a33f4a789cc4
        9d43214b6a376b4b4083f2b35f99ee3a2d2a87954aada632d8a35f4a789cc49d43214b6a376b4b4083f2b37f99ee3a2d2a87954aada632d8
        a37f4a789cc49d43214b6a376b4b4083f2b39f99ee3a2d2a87954aada632d8a39f4a789cc49d43214b6a376b4b4083f2b3bf99ee3a2d2a87
        954aada632d8a3bf4a789cc49d43214b6a376b4b4083f2b3df99ee3a2d2a87954aada632d8a3df4a789cc49d43214b6a376b4b4083f2b3ff
        99ee3a2d2a87954aada632d8a3ff4a789cc49d43214b6a376b4b4083f2b0419aee3a2d2a87954aada632d8a041f4a789cc49d43214b6a376
        b4bf4083f2b0439aee3a2d2a87954aada632d8a043f4a789cc49d43214b6a376b4bf00000403000000000700000008
        """

    private static var bytes: [UInt8] {
        let digits = recorded.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static let told =
        [
            "1 head https POST /cart/items?id=7&q=%20x HTTP/1.1|host: shop.example|user-agent: python-h2|content-type: application/json"
                + "|content-length: 13|cookie: a=1; session=0123456789abcdef0123456789||",
            "1 end after 13",
            "3 head ends https GET / HTTP/1.1|host: shop.example|user-agent: python-h2|accept-language: pt-BR, pt;q=0.9|x-empty: "
                + "|authorization: Bearer abc.def||",
            "5 head https PUT /upload HTTP/1.1|host: shop.example|te: trailers|user-agent: python-h2||",
            "5 trailers x-checksum: ab12||",
            "7 head https GET /long HTTP/1.1|host: shop.example|"
                + (0..<12).map { "x-\($0): value of number \($0), which is unique|" }.joined() + "|",
            "7 reset 8", "7 closed 8",
        ]

    @Test func `an outsider is understood`() {
        var server = HTTP2End(isServer: true)
        server.receive(Self.bytes)
        #expect(server.log == Self.told)
        #expect(server.bodies[1] == Array("{\"item\": 42}\n".utf8) && server.bodies[5] == Array("abcdef".utf8))
        #expect(HTTP2Frames.describe(server.take()).contains("PING 0 ack"))
        server.respond(1, "HTTP/1.1 200 OK||")
        server.tell()
        #expect(server.log.last == "1 closed 0")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>) func `an outsider is understood in pieces`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = Self.bytes
        var server = HTTP2End(isServer: true)
        server.receive(bytes, cuts: (0..<30).map { _ in Int(random.below(UInt32(bytes.count))) }.sorted())
        #expect(server.log == Self.told)
    }
}
