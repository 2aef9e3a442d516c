/// What a handler answers.
public struct ServedResponse: Sendable {
    public enum Body: Sendable {
        case bytes([UInt8])
        /// Runs on the connection's thread after the head was sent; the response ends when it returns.
        case stream(@Sendable (ResponseStream) -> Void)
    }

    public var status: Int
    /// Without lengths, Connection and Date: the server writes these.
    public var headers: HeaderFields
    public var body: Body

    public init(status: Int, headers: HeaderFields = [:], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public init(status: Int = 200, contentType: String, text: String) {
        self.init(status: status, headers: ["Content-Type": contentType], body: .bytes(Array(text.utf8)))
    }
}

/// Answers requests; called on many threads at once, and may block its own.
public protocol RequestHandler: Sendable {
    func respond(to request: ServedRequest) -> ServedResponse
}

/// A handler made of a closure.
public struct HandlerFunction: RequestHandler {
    private let function: @Sendable (ServedRequest) -> ServedResponse
    public init(_ function: @escaping @Sendable (ServedRequest) -> ServedResponse) { self.function = function }
    public func respond(to request: ServedRequest) -> ServedResponse { function(request) }
}
