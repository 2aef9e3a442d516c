import Base
import HTTP
import Testing

@Suite struct WebSocketKeyTests {
    @Test(arguments: [
        // RFC 6455 section 1.3, and what Python's hashlib says of two others.
        ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ("/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
    ])
    func `a key has one answer`(key: String, answer: String) {
        let buffer = Buffer(capacity: 64)
        let end = WebSocketKey.writeAccept(Array(key.utf8).span, to: buffer, at: 3)
        #expect(end == 3 + WebSocketKey.acceptLength)
        #expect((3..<end).map { buffer[$0] } == Array(answer.utf8))
    }
}
