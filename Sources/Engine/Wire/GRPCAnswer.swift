import Base
import Pipeline

/// An error of our own as a gRPC caller reads it: status 200 with gRPC's status in the head, and nothing behind it ("Trailers-Only").
enum GRPCAnswer {
    /// gRPC's codes, as far as they are ours to say.
    enum Code: UInt64 {
        case unknown = 2, deadlineExceeded = 4
        case permissionDenied = 7, resourceExhausted = 8
        case unimplemented = 12, internalError = 13, unavailable = 14, unauthenticated = 16
    }

    static func write(_ local: LocalReply, _ edits: borrowing Edits, _ b: borrowing Buffer) -> HeadWriter {
        var w = HeadWriter(limit: b.capacity)
        w.put("HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: ", b)
        w.put(decimal: code(local).rawValue, b)
        w.put("\r\ngrpc-message: ", b)
        w.put(local.reason.code, b)
        w.put("\r\n", b)
        EditLines.put(edits, .response, &w, b)
        w.put("\r\n", b)
        return w
    }

    /// gRPC's own table of what an HTTP status means, and more where we know better what happened.
    static func code(_ local: LocalReply) -> Code {
        if local.reason == .upstreamTimeout { return .deadlineExceeded }
        switch local.status {
        case 400: return .internalError
        case 401: return .unauthenticated
        case 403: return .permissionDenied
        case 404, 410, 501: return .unimplemented
        case 408: return .deadlineExceeded
        case 413, 431: return .resourceExhausted
        case 429, 502, 503, 504: return .unavailable
        case 500: return .internalError
        default: return .unknown
        }
    }
}
