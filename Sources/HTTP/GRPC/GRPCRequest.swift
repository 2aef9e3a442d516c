/// What a head says about a gRPC call.
public enum GRPCRequest {
    /// Whether the content type is gRPC's: `application/grpc`, with a suffix such as `+proto` or parameters. gRPC-Web has another one.
    public static func isCall(_ head: borrowing RequestHead) -> Bool {
        let i = contentType(head)
        return i >= 0 && isContentType(head.value(i))
    }

    /// Where the content type is; -1 without.
    public static func contentType(_ head: borrowing RequestHead) -> Int { field("content-type", head) }

    /// Nanoseconds that the caller waits; nil when it does not say, or says it wrongly.
    public static func timeout(_ head: borrowing RequestHead) -> UInt64? {
        let i = field("grpc-timeout", head)
        return i >= 0 ? GRPCTimeout.parse(head.value(i)) : nil
    }

    /// Whether the value of a content type is gRPC's. What follows the name begins at `nameLength`.
    public static func isContentType(_ value: borrowing Span<UInt8>) -> Bool { isType("application/grpc", value) }

    public static let nameLength = 16

    public static func isContentTypeName(_ name: borrowing Span<UInt8>) -> Bool {
        name.count == 12 && matches("content-type", name)
    }

    /// A media type, alone or with a suffix or parameters behind it.
    static func isType(_ name: StaticString, _ value: borrowing Span<UInt8>) -> Bool {
        let n = name.utf8CodeUnitCount
        guard value.count >= n, matches(name, value.extracting(0..<n)) else { return false }
        return value.count == n || value[n] == 43 || value[n] == 59 || value[n] == 32
    }

    /// The first field of that name, or -1.
    private static func field(_ name: StaticString, _ head: borrowing RequestHead) -> Int {
        for i in head.fields.indices
        where Int(head.fields[i].nameLength) == name.utf8CodeUnitCount && matches(name, head.name(i)) {
            return i
        }
        return -1
    }

    /// - Parameter bytes: as many as the name has.
    private static func matches(_ name: StaticString, _ bytes: borrowing Span<UInt8>) -> Bool {
        for i in bytes.indices where unsafe ASCII.lower(bytes[i]) != name.utf8Start[i] { return false }
        return true
    }
}
