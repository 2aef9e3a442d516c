import Foundation
import Glibc
import Synchronization

/// A plain HTTP/1.1 server on loopback whose answers a test writes byte by byte.
///
/// Each connection has a thread; the handler may therefore block (on a semaphore of the test) between two writes.
public final class ScriptedServer: Sendable {
    public struct Request: Sendable {
        public var method: String
        public var target: String
        /// Names in lower case.
        public var headers: [String: String]
        public var body: [UInt8]

        public var path: String { String(target.prefix { $0 != "?" }) }

        /// The decoded value of a query item.
        public func query(_ name: String) -> String? {
            URLComponents(string: "http://x" + target)?.queryItems?.first { $0.name == name }?.value
        }
    }

    public typealias Handler = @Sendable (Request, Reply) -> Void

    public let port: UInt16
    private let listener: Int32
    private let connections = Mutex<Set<Int32>>([])
    private let accepted = Mutex(0)

    /// Listens on a free port, or on `port` when the test needs a server to come back where it was.
    public init(port: UInt16 = 0, _ handler: @escaping Handler) throws {
        (listener, self.port) = try LoopbackSocket.bind(SOCK_STREAM, port: port)
        guard listen(listener, 64) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        Thread { [self] in accept(handler) }.start()
    }

    public var url: String { "http://127.0.0.1:\(port)" }
    public var connectionsAccepted: Int { accepted.withLock { $0 } }

    /// Closes the listener and every connection, as a killed process would.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        connections.withLock { open in for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    private func accept(_ handler: @escaping Handler) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            connections.withLock { _ = $0.insert(descriptor) }
            accepted.withLock { $0 += 1 }
            Thread { [self] in
                serve(descriptor, handler)
                connections.withLock { _ = $0.remove(descriptor) }
                close(descriptor)
            }.start()
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32, _ handler: Handler) {
        var input = Input(descriptor: descriptor)
        while let request = input.nextRequest() {
            let reply = Reply(descriptor: descriptor)
            handler(request, reply)
            if reply.isClosed { return }
        }
    }
}

extension ScriptedServer {
    /// The answering half of a connection.
    public final class Reply: Sendable {
        private let descriptor: Int32
        private let closed = Mutex(false)

        init(descriptor: Int32) { self.descriptor = descriptor }

        /// Raw bytes. False when the client has gone.
        @discardableResult
        public func write(_ text: String) -> Bool {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let sent = unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard sent > 0 else { return false }
                bytes = bytes.dropFirst(sent)
            }
            return true
        }

        public func respond(_ status: Int = 200, _ body: String = "", headers: [String: String] = [:]) {
            var head = "HTTP/1.1 \(status) Scripted\r\ncontent-length: \(body.utf8.count)\r\n"
            for (name, value) in headers { head += "\(name): \(value)\r\n" }
            write(head + "\r\n" + body)
        }

        public func beginChunks(_ status: Int = 200, headers: [String: String] = [:]) {
            var head = "HTTP/1.1 \(status) Scripted\r\ntransfer-encoding: chunked\r\n"
            for (name, value) in headers { head += "\(name): \(value)\r\n" }
            write(head + "\r\n")
        }

        @discardableResult
        public func chunk(_ text: String) -> Bool { write(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n") }
        public func endChunks() { write("0\r\n\r\n") }

        /// Cuts the connection.
        public func close() {
            closed.withLock { $0 = true }
            shutdown(descriptor, Int32(SHUT_RDWR))
        }

        /// Blocks until the client goes away.
        public func waitForHangUp() {
            var byte: UInt8 = 0
            while unsafe recv(descriptor, &byte, 1, 0) > 0 {}
            close()
        }

        var isClosed: Bool { closed.withLock { $0 } }
    }

    struct Input {
        let descriptor: Int32
        var buffer: [UInt8] = []

        mutating func nextRequest() -> Request? {
            var end = headEnd()
            while end == nil {
                guard fill() else { return nil }
                end = headEnd()
            }
            guard let end else { return nil }
            let lines = String(decoding: buffer[..<end], as: UTF8.self).components(separatedBy: "\r\n")
            buffer.removeFirst(end + 4)
            let words = lines[0].split(separator: " ").map(String.init)
            guard words.count == 3 else { return nil }
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { continue }
                headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
            let length = headers["content-length"].flatMap { Int($0) } ?? 0
            while buffer.count < length { guard fill() else { return nil } }
            let body = Array(buffer.prefix(length))
            buffer.removeFirst(length)
            return Request(method: words[0], target: words[1], headers: headers, body: body)
        }

        private func headEnd() -> Int? {
            guard buffer.count >= 4 else { return nil }
            return (0...(buffer.count - 4)).first { buffer[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }
        }

        private mutating func fill() -> Bool {
            var chunk = [UInt8](repeating: 0, count: 16384)
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return false }
            buffer.append(contentsOf: chunk.prefix(count))
            return true
        }
    }
}
