import Foundation
import Glibc
import Synchronization

/// A name server on a loopback UDP port that answers A and AAAA questions from a table, which a test may change at any time.
public final class ScriptedNameServer: Sendable {
    public struct Record: Sendable, Equatable {
        /// 4 or 16 bytes; for an alias the name that it leads to.
        public var data: [UInt8]
        public var type: UInt16
        public var ttl: UInt32

        public static func a(_ text: String, ttl: UInt32 = 60) -> Record {
            Record(data: text.split(separator: ".").compactMap { UInt8($0) }, type: 1, ttl: ttl)
        }

        public static func aaaa(_ text: String, ttl: UInt32 = 60) -> Record {
            var bytes = [UInt8](repeating: 0, count: 16)
            _ = unsafe bytes.withUnsafeMutableBytes { unsafe inet_pton(AF_INET6, text, $0.baseAddress) }
            return Record(data: bytes, type: 28, ttl: ttl)
        }

        public static func alias(_ name: String, ttl: UInt32 = 60) -> Record {
            Record(data: ScriptedNameServer.encode(name), type: 5, ttl: ttl)
        }
    }

    public enum Behaviour: Sendable, Equatable {
        case records([Record])
        case doesNotExist
        case fails
        case isSilent
    }

    public let port: UInt16
    private let descriptor: Int32
    private let table = Mutex<[String: Behaviour]>([:])
    private let asked = Mutex<[String: Int]>([:])

    public init() throws {
        (descriptor, port) = try LoopbackSocket.bind(SOCK_DGRAM)
        Thread { [self] in serve() }.start()
    }

    /// What is said about a name from now on; a name without an entry does not exist.
    public func set(_ name: String, _ behaviour: Behaviour) { table.withLock { $0[name] = behaviour } }

    /// Questions for the name's A record so far.
    public func questions(_ name: String) -> Int { asked.withLock { $0[name] ?? 0 } }

    public func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func serve() {
        var buffer = [UInt8](repeating: 0, count: 1500)
        while true {
            var peer = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = unsafe withUnsafeMutablePointer(to: &peer) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe buffer.withUnsafeMutableBytes {
                        unsafe recvfrom(descriptor, $0.baseAddress, $0.count, 0, generic, &length)
                    }
                }
            }
            guard count > 0 else { break }
            guard let answer = answer(Array(buffer[..<count])) else { continue }
            _ = unsafe withUnsafePointer(to: &peer) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    unsafe answer.withUnsafeBytes { unsafe sendto(descriptor, $0.baseAddress, $0.count, 0, generic, length) }
                }
            }
        }
        close(descriptor)
    }

    /// RFC 1035 section 4: header, the question repeated, answers that name the question by a pointer.
    private func answer(_ question: [UInt8]) -> [UInt8]? {
        guard question.count > 16 else { return nil }
        var labels: [String] = []
        var i = 12
        while i < question.count, question[i] != 0 {
            let end = i + 1 + Int(question[i])
            guard end < question.count else { return nil }
            labels.append(String(decoding: question[(i + 1)..<end], as: UTF8.self))
            i = end
        }
        guard i + 5 <= question.count else { return nil }
        let type = UInt16(question[i + 1]) << 8 | UInt16(question[i + 2])
        let name = labels.joined(separator: ".").lowercased()
        if type == 1 { asked.withLock { $0[name, default: 0] += 1 } }
        let behaviour = table.withLock { $0[name] } ?? .doesNotExist
        guard behaviour != .isSilent else { return nil }
        var records: [Record] = []
        var code: UInt8 = behaviour == .doesNotExist ? 3 : behaviour == .fails ? 2 : 0
        if case .records(let all) = behaviour { records = all.filter { $0.type == type || $0.type == 5 } }
        if behaviour == .records([]) { code = 0 }
        var bytes =
            Array(question[0..<2]) + [0x81, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0] + question[12..<(i + 5)]
        var owner: [UInt8] = [0xc0, 12]
        for record in records {
            bytes +=
                owner + [0, UInt8(record.type), 0, 1]
                + (0..<4).map { UInt8(truncatingIfNeeded: record.ttl >> UInt32(24 - 8 * $0)) }
            bytes += [0, UInt8(record.data.count)] + record.data
            if record.type == 5 { owner = record.data }
        }
        return bytes
    }

    static func encode(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
}
