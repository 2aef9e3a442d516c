import CLinux

/// What the operating system said when it refused.
public struct SocketFailure: Error, CustomStringConvertible, Equatable {
    /// A sentence without a stop, such as "cannot listen on 127.0.0.1:80: Permission denied".
    public let description: String
    /// The address is taken by somebody else.
    public let isAddressInUse: Bool

    static func check(_ result: Int, _ tried: @autoclosure () -> String) throws(SocketFailure) -> Int32 {
        guard result < 0 else { return Int32(truncatingIfNeeded: result) }
        throw SocketFailure(result, tried())
    }

    init(_ result: Int, _ tried: String) {
        // strerrordesc_np returns static text or null.
        let reason = unsafe cblocking_error_text(result).map { unsafe String(cString: $0) } ?? "error \(-result)"
        description = "\(tried): \(reason)"
        isAddressInUse = -result == Int(EADDRINUSE)
    }
}
