import Secure

/// How the journal lies in its file: frames, each a header of 32 bytes and a payload.
///
/// Header, little-endian: "mjrn", the payload's length (4 bytes), the frame's number in the file (8), the first 8 bytes of the payload's
/// SHA-256, the first 8 bytes of the SHA-256 of the 24 bytes before. A frame is written only when all before it are on the disk, so at
/// most the last one can be incomplete.
enum JournalFrame {
    static let headerBytes = 32
    private static let magic = Array("mjrn".utf8)
    /// What a disk writes as a whole. A part of a frame that never arrived reads as zeros from one of its bounds to the next.
    private static let sectorBytes = 512

    static func bytes(_ payload: [UInt8], number: UInt64) -> [UInt8] {
        var header = magic
        for shift in stride(from: 0, to: 32, by: 8) { header.append(UInt8(truncatingIfNeeded: payload.count >> shift)) }
        for shift in stride(from: 0, to: 64, by: 8) { header.append(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
        header += digest(payload)
        header += digest(header)
        return header + payload
    }

    enum Reading {
        case frame(Range<Int>)
        case end
        /// The last frame, not wholly on the disk when the process or the machine ended.
        case torn
        /// What was on the disk once is there no more.
        case damaged
    }

    /// Reads the frame with this number at an offset.
    static func read(_ bytes: [UInt8], at offset: Int, number: UInt64) -> Reading {
        guard offset < bytes.count else { return .end }
        let header = header(bytes, at: offset)
        if let header, header.number == number, let payload = payload(header, bytes, at: offset) { return .frame(payload) }
        if hasFrame(bytes, after: offset, number: number) { return .damaged }
        let end = header.map { offset + headerBytes + $0.length } ?? (bytes.count - offset < headerBytes ? Int.max : bytes.count)
        return end > bytes.count || hasHole(bytes, offset..<end) ? .torn : .damaged
    }

    private struct Header {
        var length: Int
        var number: UInt64
        var digest: [UInt8]
    }

    private static func header(_ bytes: [UInt8], at offset: Int) -> Header? {
        guard bytes.count - offset >= headerBytes, bytes[offset..<(offset + 4)].elementsEqual(magic) else { return nil }
        let header = Array(bytes[offset..<(offset + headerBytes)])
        guard digest(header[..<24]).elementsEqual(header[24...]) else { return nil }
        let length = header[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        return Header(
            length: length, number: header[8..<16].reversed().reduce(0) { $0 << 8 | UInt64($1) }, digest: Array(header[16..<24]))
    }

    private static func payload(_ header: Header, _ bytes: [UInt8], at offset: Int) -> Range<Int>? {
        let start = offset + headerBytes
        guard bytes.count - start >= header.length else { return nil }
        let range = start..<(start + header.length)
        return digest(bytes[range]) == header.digest ? range : nil
    }

    /// Whether a later frame is whole: then this one was too.
    private static func hasFrame(_ bytes: [UInt8], after offset: Int, number: UInt64) -> Bool {
        var at = offset + 1
        while at + headerBytes <= bytes.count {
            if bytes[at] == magic[0], let header = header(bytes, at: at), header.number > number,
                payload(header, bytes, at: at) != nil
            {
                return true
            }
            at += 1
        }
        return false
    }

    /// Payloads are text, so that no sector of a frame is all zeros.
    private static func hasHole(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min((start / sectorBytes + 1) * sectorBytes, range.upperBound)
            if bytes[start..<end].allSatisfy({ $0 == 0 }) { return true }
            start = end
        }
        return false
    }

    private static func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(bytes).prefix(8)) }
}
