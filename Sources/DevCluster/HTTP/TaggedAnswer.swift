import Base
import Documents
import Secure
import Serving

/// Documents that clients keep and ask for again: with an ETag, and 304 when they still have the same (RFC 9110 section 13.1.2).
enum TaggedAnswer {
    /// As a real API server names contents: SHA-512 in upper-case digits.
    static func tag(of bytes: [UInt8]) -> String {
        Hexadecimal.text(SHA512.hash(bytes)).uppercased()
    }

    static func respond(
        _ bytes: [UInt8], to request: ServedRequest, contentType: String = "application/json", cacheControl: String = "public"
    ) -> ServedResponse {
        let tag = "\"\(tag(of: bytes))\""
        let headers: HeaderFields = ["ETag": tag, "Vary": "Accept", "Cache-Control": cacheControl]
        if isHeld(tag, request) { return ServedResponse(status: 304, headers: headers, body: .bytes([])) }
        var response = ServedResponse(status: 200, headers: headers, body: .bytes(bytes))
        response.headers.append("Content-Type", contentType)
        return response
    }

    private static func isHeld(_ tag: String, _ request: ServedRequest) -> Bool {
        request.headers.all("If-None-Match").flatMap { $0.split(separator: ",") }.contains { entry in
            let held = entry.filter { !$0.isWhitespace }
            return held == "*" || held == tag || held == "W/" + tag
        }
    }
}
