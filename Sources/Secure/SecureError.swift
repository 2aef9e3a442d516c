import COpenSSL

/// Why a certificate, key or handshake was refused.
public struct SecureError: Error, Equatable, CustomStringConvertible {
    /// A sentence without a stop, fit for a log line or a diagnostic; it never holds key material.
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}

extension SecureError {
    /// What was tried, with OpenSSL's own reason; empties the thread's error queue so that no later call inherits it.
    static func openSSL(_ tried: String) -> SecureError {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = unsafe ERR_reason_error_string(code) else { return SecureError(tried) }
        return unsafe SecureError("\(tried): \(String(cString: reason))")
    }
}

/// Unwraps what OpenSSL made, or throws its reason.
func made<T>(_ pointer: T?, _ tried: String) throws(SecureError) -> T {
    guard let pointer else { throw .openSSL(tried) }
    return pointer
}

/// Throws OpenSSL's reason unless it said yes (a positive number).
func check(_ answer: Int32, _ tried: String) throws(SecureError) {
    guard answer > 0 else { throw .openSSL(tried) }
}
