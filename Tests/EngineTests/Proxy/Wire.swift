import Base
import Foundation
import Reactor
import Synchronization

/// One end of a connection, written and read byte by byte. One thread uses it.
final class Wire {
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let socket: BlockingSocket
    private(set) var buffer: [UInt8] = []
    /// Longer than anything in these tests takes; only a defect waits for it.
    static let patience = 20_000

    init(_ socket: BlockingSocket) { self.socket = socket }

    convenience init(to address: SocketAddress) throws {
        self.init(try BlockingSocket.connect(to: address.ip, port: address.port))
    }

    /// The sending half, which another thread may use.
    struct Sender: Sendable {
        fileprivate let socket: BlockingSocket

        func send(_ text: String) { send(Array(text.utf8)) }

        @discardableResult func send(_ bytes: [UInt8]) -> Bool { socket.send(bytes, stallMilliseconds: Wire.patience) }
    }

    var sender: Sender { Sender(socket: socket) }

    func send(_ text: String) { sender.send(text) }

    @discardableResult func send(_ bytes: [UInt8]) -> Bool { sender.send(bytes) }

    func finishWriting() { socket.finishWriting() }

    func close() { socket.shutDown() }

    /// False at the end of the stream.
    private func fill() throws -> Bool {
        switch socket.receive(upTo: 65536, milliseconds: Self.patience) {
        case .bytes(let bytes):
            buffer += bytes
            return true
        case .end, .rung: return false
        case .timedOut: throw Failure(description: "nothing came; so far: \(String(decoding: buffer.prefix(500), as: UTF8.self))")
        }
    }

    /// Everything up to and including the marker.
    func text(through marker: String) throws -> String {
        let marker = Array(marker.utf8)
        var searched = 0
        while true {
            if let end = find(marker, from: searched) {
                defer { buffer.removeFirst(end) }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            searched = max(0, buffer.count - marker.count)
            guard try fill() else {
                throw Failure(
                    description: "ended before \(marker.count) bytes; so far: \(String(decoding: buffer, as: UTF8.self))")
            }
        }
    }

    private func find(_ marker: [UInt8], from: Int) -> Int? {
        guard buffer.count >= marker.count else { return nil }
        return (from...max(from, buffer.count - marker.count)).first {
            buffer.count - $0 >= marker.count && buffer[$0..<($0 + marker.count)].elementsEqual(marker)
        }.map { $0 + marker.count }
    }

    func bytes(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw Failure(description: "ended after \(buffer.count) of \(count) bytes") }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    /// Whatever comes until the peer ends.
    func rest() throws -> String {
        while try fill() {}
        defer { buffer = [] }
        return String(decoding: buffer, as: UTF8.self)
    }

    var isAtEnd: Bool {
        get throws { buffer.isEmpty ? try !fill() : false }
    }

    // MARK: Messages

    struct Message {
        var line: String
        var fields: [(name: String, value: String)]
        var body: [UInt8] = []
        var trailers = ""

        var text: String { String(decoding: body, as: UTF8.self) }
        var status: Int { Int(line.split(separator: " ")[1]) ?? 0 }

        /// The values of a field, joined by `|`; nil when it is absent.
        subscript(name: String) -> String? {
            let values = fields.filter { $0.name == name }.map(\.value)
            return values.isEmpty ? nil : values.joined(separator: "|")
        }
    }

    /// A message's head, names in lower case.
    func head() throws -> Message {
        let lines = try text(through: "\r\n\r\n").split(separator: "\r\n", omittingEmptySubsequences: true)
        let fields = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (line[..<colon].lowercased(), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
        }
        return Message(line: String(lines.first ?? ""), fields: fields)
    }

    /// A message with its body, by length or in chunks; neither means none.
    func message(hasBody: Bool = true) throws -> Message {
        var message = try head()
        if !hasBody { return message }
        if message["transfer-encoding"] == "chunked" {
            while let size = Int(try text(through: "\r\n").dropLast(), radix: 16), size > 0 {
                message.body += try bytes(size)
                _ = try bytes(2)
            }
            while case let line = try text(through: "\r\n"), line != "\r\n" { message.trailers += line }
        } else if let length = message["content-length"].flatMap({ Int($0) }) {
            message.body = try bytes(length)
        }
        return message
    }
}

/// An endpoint whose connections a test plays, each on a thread of its own.
final class Origin: Sendable {
    let port: UInt16
    private let bell: Bell
    private let stopped: Bell
    private let counter = Counter()

    /// - Parameter script: gets each connection and its number from 0; the connection closes when it returns or throws.
    init(port: UInt16 = 0, _ script: @escaping @Sendable (Wire, Int) throws -> Void) throws {
        let listener = try BlockingListener(.v4Loopback, port: port)
        self.port = listener.port
        let (bell, stopped, counter) = (try Bell(), try Bell(), counter)
        self.bell = bell
        self.stopped = stopped
        let door = Door(listener)
        SystemThread.start("origin") {
            Self.accept(door, bell, counter, script)
            stopped.ring()
        }
    }

    /// Hands the listener over to its thread, so that the thread's closure does not keep it: it is closed when `accept` returns, and
    /// `stop` may say so.
    private final class Door: Sendable {
        private let listener: Mutex<BlockingListener?>
        init(_ listener: BlockingListener) { self.listener = Mutex(listener) }
        func open() -> BlockingListener? { listener.withLock { $0.take() } }
    }

    private static func accept(
        _ door: Door, _ bell: Bell, _ counter: Counter, _ script: @escaping @Sendable (Wire, Int) throws -> Void
    ) {
        guard let listener = door.open() else { return }
        while case .connection(let socket) = listener.accept(unless: bell) {
            let number = counter.next()
            SystemThread.start("origin") {
                let wire = Wire(socket)
                try? script(wire, number)
                wire.close()
            }
        }
    }

    deinit { bell.ring() }

    /// Connections so far.
    var connections: Int { counter.value }

    /// Accepts nothing more: whoever connects is refused.
    func stop() {
        bell.ring()
        _ = stopped.wait(milliseconds: Wire.patience)
    }

    /// Answers every request on every connection by what `answer` makes of it.
    convenience init(answering answer: @escaping @Sendable (Wire.Message) -> String) throws {
        try self.init { wire, _ in
            while true { wire.send(answer(try wire.message())) }
        }
    }

    static func ok(_ body: String, _ fields: String = "") -> String {
        "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
        var value: Int { count.load(ordering: .relaxed) }
    }
}
