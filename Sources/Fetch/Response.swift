/// The status line and header fields of a response.
public struct ResponseHead: Sendable, Equatable {
    public var status: Int
    public var headers: [Header]
    /// "1.1" or "2", as the server spoke it.
    public var version: String

    public init(status: Int, headers: [Header] = [], version: String = "1.1") {
        self.status = status
        self.headers = headers
        self.version = version
    }

    /// The first field of that name.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// A whole response.
public struct Response: Sendable {
    public var head: ResponseHead
    public var body: [UInt8]

    public init(head: ResponseHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }

    public var status: Int { head.status }
    /// The body as text; invalid UTF-8 is replaced, so use it for messages only.
    public var text: String { String(decoding: body, as: UTF8.self) }
}

/// A response whose body is read while it arrives.
///
/// The body is buffered up to a bound, then the server is made to wait. Dropping the last reference cancels the transfer.
public struct StreamedResponse: Sendable {
    public let head: ResponseHead
    public let body: Body

    /// Chunks of bytes as they came off the wire; one reader at a time.
    public struct Body: AsyncSequence, Sendable {
        public typealias Element = [UInt8]
        public typealias Failure = FetchError
        let reader: TransferReader

        public func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

        public struct Iterator: AsyncIteratorProtocol {
            let reader: TransferReader

            public mutating func next() async throws(FetchError) -> [UInt8]? { try await reader.next() }

            public mutating func next(isolation actor: isolated (any Actor)?) async throws(FetchError) -> [UInt8]? {
                try await reader.next()
            }
        }
    }
}
