import Documents
import Foundation
import Secure

/// Turns an object that was sent as `application/vnd.kubernetes.protobuf` into the value that its JSON would be.
///
/// A member that the table of messages lacks is refused by number, unless it is empty: nothing is dropped in silence.
enum ProtobufObject {
    static func value(_ bytes: [UInt8]) throws(APIFailure) -> Value {
        // "k8s\0", then runtime.Unknown: 1 {1 apiVersion, 2 kind}, 2 the object.
        guard bytes.starts(with: [0x6b, 0x38, 0x73, 0]) else {
            throw .badRequest("the body is no Kubernetes protobuf: it does not begin with k8s\\0")
        }
        do throws(Problem) {
            let (type, raw) = try envelope(bytes.dropFirst(4))
            let (apiVersion, kind) = try typeMeta(type)
            guard let message = ProtobufMessages.all.message(apiVersion: apiVersion, kind: kind) else {
                throw .unknown("\(kind) in version \"\(apiVersion)\"")
            }
            var object: Value = ["apiVersion": .string(apiVersion), "kind": .string(kind)]
            let decoder = Decoder(messages: .all)
            for (name, value) in try decoder.message(raw, message, depth: 0).entries { object[name] = value }
            return object
        } catch {
            switch error {
            case .damaged: throw .badRequest("the body is no Kubernetes protobuf: it is damaged")
            case .unknown(let what):
                throw APIFailure(
                    415, "UnsupportedMediaType",
                    "\(what) cannot be read as protobuf by the development cluster; send application/json")
            }
        }
    }

    fileprivate enum Problem: Error {
        case damaged
        case unknown(String)
    }

    private static func fields(_ bytes: ArraySlice<UInt8>) throws(Problem) -> [(number: Int, content: ProtobufReader.Content)] {
        var reader = ProtobufReader(bytes)
        var fields: [(Int, ProtobufReader.Content)] = []
        do {
            while let field = try reader.next() { fields.append(field) }
        } catch {
            throw .damaged
        }
        return fields
    }

    private static func envelope(_ bytes: ArraySlice<UInt8>) throws(Problem) -> (type: ArraySlice<UInt8>, raw: ArraySlice<UInt8>)
    {
        var parts: [Int: ArraySlice<UInt8>] = [:]
        for case (let number, .bytes(let content)) in try fields(bytes) { parts[number] = content }
        guard let type = parts[1] else { throw .damaged }
        return (type, parts[2] ?? [])
    }

    private static func typeMeta(_ bytes: ArraySlice<UInt8>) throws(Problem) -> (apiVersion: String, kind: String) {
        var parts: [Int: String] = [:]
        for case (let number, .bytes(let content)) in try fields(bytes) {
            parts[number] = String(decoding: content, as: UTF8.self)
        }
        return (parts[1] ?? "", parts[2] ?? "")
    }

    // MARK: - Messages

    private struct Decoder {
        let messages: ProtobufMessages
        private static let maximumDepth = 32

        func message(_ bytes: ArraySlice<UInt8>, _ name: String, depth: Int) throws(Problem) -> Value.Fields {
            guard let known = messages.fields(of: name), depth <= Self.maximumDepth else { throw .unknown(name) }
            var object = Value.Fields()
            for (number, content) in try fields(bytes) {
                guard let field = known[number] else {
                    if content.isZero { continue }
                    throw .unknown("field \(number) of \(name)")
                }
                try add(field, content, to: &object, depth: depth)
            }
            return object
        }

        private func add(
            _ field: ProtobufMessages.Field, _ content: ProtobufReader.Content, to object: inout Value.Fields, depth: Int
        )
            throws(Problem)
        {
            if field.type == "skip" { return }
            switch field.shape {
            case .single:
                let value = try value(content, field.type, depth)
                if field.isPointer || !value.isZero { object[field.name] = value }
            case .list: object[field.name] = .array((object[field.name]?.array ?? []) + [try value(content, field.type, depth)])
            case .map:
                guard case .bytes(let entry) = content else { throw .damaged }
                var map = object[field.name] ?? [:]
                let (key, value) = try pair(entry, field.type, depth)
                map[key] = value
                object[field.name] = map
            case .inline:
                guard case .bytes(let inner) = content else { throw .damaged }
                for (name, value) in try message(inner, field.type, depth: depth + 1).entries { object[name] = value }
            }
        }

        private func pair(_ bytes: ArraySlice<UInt8>, _ type: String, _ depth: Int) throws(Problem) -> (String, Value) {
            var key = ""
            var found: Value = ""
            for (number, content) in try fields(bytes) {
                if number == 1, case .bytes(let text) = content { key = String(decoding: text, as: UTF8.self) }
                if number == 2 { found = try value(content, type, depth) }
            }
            return (key, found)
        }

        private func value(_ content: ProtobufReader.Content, _ type: String, _ depth: Int) throws(Problem) -> Value {
            switch (type, content) {
            case ("string", .bytes(let bytes)): return .string(String(decoding: bytes, as: UTF8.self))
            case ("bytes", .bytes(let bytes)): return .string(Base64.encode(bytes))
            case ("bool", .varint(let number)): return .bool(number != 0)
            case ("int", .varint(let number)): return .integer(Int64(bitPattern: number))
            case ("Time", .bytes(let bytes)): return try time(bytes, isMicro: false)
            case ("MicroTime", .bytes(let bytes)): return try time(bytes, isMicro: true)
            case ("Quantity", .bytes(let bytes)):
                return try fields(bytes).first.flatMap { $0.content.text }.map(Value.string) ?? ""
            case ("IntOrString", .bytes(let bytes)): return try intOrString(bytes)
            case (_, .bytes(let bytes)): return .object(try message(bytes, type, depth: depth + 1))
            default: throw .damaged
            }
        }

        /// 1 seconds, 2 nanoseconds; no time is an empty message.
        private func time(_ bytes: ArraySlice<UInt8>, isMicro: Bool) throws(Problem) -> Value {
            var parts: [Int: Int64] = [:]
            for case (let number, .varint(let value)) in try fields(bytes) { parts[number] = Int64(bitPattern: value) }
            guard let seconds = parts[1] else { return .null }
            let text = Timestamps.text(Date(timeIntervalSince1970: Double(seconds)))
            guard isMicro else { return .string(text) }
            let micros = String(max(0, min(999_999, (parts[2] ?? 0) / 1_000)))
            return .string(text.dropLast() + "." + String(repeating: "0", count: 6 - micros.count) + micros + "Z")
        }

        /// 1 which (0 the number, 1 the text), 2 number, 3 text.
        private func intOrString(_ bytes: ArraySlice<UInt8>) throws(Problem) -> Value {
            var isText = false
            var number: Int64 = 0
            var text = ""
            for (field, content) in try fields(bytes) {
                switch (field, content) {
                case (1, .varint(let type)): isText = type == 1
                case (2, .varint(let value)): number = Int64(Int32(truncatingIfNeeded: value))
                case (3, .bytes(let bytes)): text = String(decoding: bytes, as: UTF8.self)
                default: break
                }
            }
            return isText ? .string(text) : .integer(number)
        }
    }
}

extension ProtobufReader.Content {
    fileprivate var isZero: Bool {
        switch self {
        case .varint(let number), .fixed(let number): number == 0
        case .bytes(let bytes): bytes.isEmpty
        }
    }

    fileprivate var text: String? { if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil } }
}

extension Value {
    /// What Go's encoders leave out of JSON.
    fileprivate var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let flag): !flag
        case .integer(let number): number == 0
        case .string(let text): text.isEmpty
        case .object(let fields): fields.isEmpty
        case .array, .number: false
        }
    }
}
