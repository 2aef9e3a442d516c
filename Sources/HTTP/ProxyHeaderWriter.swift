public import Base

/// Writes what endpoints are told of a connection before its first byte (the PROXY protocol; see `ProxyHeader`).
public struct ProxyHeaderWriter {
    /// Whom the connection is from, and where the client thinks that it leads.
    public let source: SocketAddress
    public let destination: SocketAddress

    /// No header is longer: both addresses of IPv6, a server's name and a protocol's.
    public static let longest = 16 + 36 + 2 * 3 + 2 * 255

    public init(source: SocketAddress, destination: SocketAddress) {
        self.source = source
        self.destination = destination
    }

    /// Version 1 (section 2.1), at the beginning of `buffer`. - Returns: its length.
    public func writeLine(to buffer: borrowing Buffer) -> Int {
        var end = buffer.write(isV4 ? "PROXY TCP4 " : "PROXY TCP6 ", at: 0)
        end = put(source.ip, at: end, buffer)
        end = buffer.write(" ", at: end)
        end = put(destination.ip, at: end, buffer)
        end = buffer.write(" ", at: end)
        end = put(decimal: source.port, at: end, buffer)
        end = buffer.write(" ", at: end)
        end = put(decimal: destination.port, at: end, buffer)
        return buffer.write("\r\n", at: end)
    }

    /// Version 2 (section 2.2), at the beginning of `buffer`. - Returns: its length.
    ///
    /// - Parameters:
    ///   - authority: the server's name that the client asked for (PP2_TYPE_AUTHORITY); none when empty.
    ///   - application: the protocol that is spoken on the connection (PP2_TYPE_ALPN); none when empty.
    public func writeBinary(
        to buffer: borrowing Buffer, authority: borrowing Span<UInt8>, application: borrowing Span<UInt8>
    ) -> Int {
        var end = buffer.write("\r\n\r\n\0\r\nQUIT\n", at: 0)
        buffer[end] = 0x21
        buffer[end + 1] = isV4 ? 0x11 : 0x21
        end = put(source.ip, binaryAt: end + 4, buffer)
        end = put(destination.ip, binaryAt: end, buffer)
        end = put(word: source.port, at: end, buffer)
        end = put(word: destination.port, at: end, buffer)
        end = put(type: 0x01, application, at: end, buffer)
        end = put(type: 0x02, authority, at: end, buffer)
        _ = put(word: UInt16(end - 16), at: 14, buffer)
        return end
    }

    /// Of different families both are written as IPv6, where an address of IPv4 has a form of its own (RFC 4291 section 2.5.5.2).
    private var isV4: Bool { source.ip.isV4 && destination.ip.isV4 }

    // MARK: - Text

    private func put(_ address: IPAddress, at start: Int, _ buffer: borrowing Buffer) -> Int {
        var end = start
        if address.isV4 {
            if !isV4 { end = buffer.write("::ffff:", at: end) }
            for i in 0..<4 {
                end = put(decimal: UInt16(truncatingIfNeeded: address.v4Bits >> UInt32(24 - 8 * i) & 255), at: end, buffer)
                if i < 3 { end = buffer.write(".", at: end) }
            }
            return end
        }
        // Without the short form of zeros, which nobody needs to read.
        for i in 0..<8 {
            let group = (i < 4 ? address.high : address.low) >> UInt64(48 - 16 * (i & 3)) & 0xffff
            end = put(hexadecimal: UInt16(truncatingIfNeeded: group), at: end, buffer)
            if i < 7 { end = buffer.write(":", at: end) }
        }
        return end
    }

    private func put(decimal number: UInt16, at start: Int, _ buffer: borrowing Buffer) -> Int {
        var end = start
        var unit: UInt16 = 10_000
        while unit > 0 {
            if number >= unit || unit == 1 {
                buffer[end] = UInt8(48 + number / unit % 10)
                end += 1
            }
            unit /= 10
        }
        return end
    }

    private func put(hexadecimal number: UInt16, at start: Int, _ buffer: borrowing Buffer) -> Int {
        var end = start
        var shift: UInt16 = 16
        while shift > 0 {
            shift -= 4
            guard number >> shift > 0 || shift == 0 else { continue }
            let digit = UInt8(truncatingIfNeeded: number >> shift & 15)
            buffer[end] = digit < 10 ? 48 + digit : 87 + digit
            end += 1
        }
        return end
    }

    // MARK: - Binary

    private func put(_ address: IPAddress, binaryAt start: Int, _ buffer: borrowing Buffer) -> Int {
        var end = start
        if !isV4 { end = put(address.high, 8, at: end, buffer) }
        return isV4 ? put(UInt64(address.v4Bits), 4, at: end, buffer) : put(address.low, 8, at: end, buffer)
    }

    private func put(_ word: UInt64, _ count: Int, at start: Int, _ buffer: borrowing Buffer) -> Int {
        for i in 0..<count { buffer[start + i] = UInt8(truncatingIfNeeded: word >> UInt64(8 * (count - 1 - i))) }
        return start + count
    }

    private func put(word: UInt16, at start: Int, _ buffer: borrowing Buffer) -> Int { put(UInt64(word), 2, at: start, buffer) }

    private func put(type: UInt8, _ value: borrowing Span<UInt8>, at start: Int, _ buffer: borrowing Buffer) -> Int {
        guard value.count > 0, value.count <= 255 else { return start }
        buffer[start] = type
        return buffer.write(value, at: put(word: UInt16(value.count), at: start + 1, buffer))
    }
}
