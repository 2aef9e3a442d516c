public import Base
import COpenSSL

/// The memory between OpenSSL and the sockets of one thread: ciphertext that came and ciphertext that is to go.
///
/// The owner receives into `input`, says how much came (`accept`), lets a `TLSSession` work, sends `pending`, and calls `sent`. OpenSSL reads
/// and writes these two buffers and nothing else. Sessions hold its address, so it must outlive them.
@safe public struct TLSWire: ~Copyable {
    /// Where ciphertext is received into.
    public let input: Buffer
    private let output: Buffer
    let wire: UnsafeMutablePointer<copenssl_wire>
    /// OpenSSL's memory on the thread that made the wire comes from free lists.
    private let isPooled: Bool

    /// Plaintext that one call of `TLSSession.write` takes at most: with what records add, it fits the output.
    public static let longestWrite = 65_536
    private static let outputSize = 65_536 + 16_384

    /// - Parameter inputCapacity: the most that one receive may bring.
    public init(inputCapacity: Int) {
        isPooled = copenssl_pool_enter() == 1
        input = Buffer(capacity: inputCapacity)
        output = Buffer(capacity: Self.outputSize)
        unsafe wire = .allocate(capacity: 1)
        // The buffers do not move and go together with the wire.
        let out = unsafe output[0..<Self.outputSize].withUnsafeBufferPointer {
            unsafe UnsafeMutablePointer(mutating: $0.baseAddress)
        }
        unsafe wire.initialize(to: copenssl_wire(in: nil, in_count: 0, out: out, out_capacity: Self.outputSize, out_count: 0))
    }

    deinit {
        unsafe wire.deallocate()
        if isPooled { copenssl_pool_leave() }
    }

    /// Gives memory of OpenSSL's back to the system that nobody on this thread needed since the last time.
    public func trim() { copenssl_pool_trim() }

    /// How often OpenSSL asked the system for memory on this thread, ever; for tests.
    public var systemCalls: UInt64 { copenssl_pool_calls() }

    /// The first bytes of `input` are what came.
    public func accept(_ count: Int) {
        unsafe input[0..<count].withUnsafeBufferPointer { bytes in
            unsafe wire.pointee.in = bytes.baseAddress
            unsafe wire.pointee.in_count = bytes.count
        }
    }

    /// What came and was not read, because the reader had no room.
    public var unread: Span<UInt8> {
        @_lifetime(borrow self) get {
            let count = unsafe wire.pointee.in_count
            guard count > 0, let at = unsafe wire.pointee.in else { return input[0..<0] }
            let start = unsafe input[0..<input.capacity].withUnsafeBufferPointer { unsafe at - ($0.baseAddress ?? at) }
            return input[start..<(start + count)]
        }
    }

    /// Nothing of what came is wanted.
    public func forget() { unsafe wire.pointee.in_count = 0 }

    /// What is to be sent now.
    public var pending: Span<UInt8> {
        @_lifetime(borrow self) get { unsafe output[0..<wire.pointee.out_count] }
    }

    /// All that was pending was sent or kept.
    public func sent() { unsafe wire.pointee.out_count = 0 }
}
