import Base
import CNGHTTP2

/// The fields of a head that goes out, as nghttp2 wants them: names are in lower case. It copies them before `submit` returns, or, when they are
/// borrowed, reads them when it makes the frame.
@safe struct HTTP2Lines: ~Copyable {
    private let lines: UnsafeMutablePointer<nghttp2_nv>
    private let counts: UnsafeMutablePointer<Int>
    private let capacity: Int
    private let names: Buffer
    private let namesCounts: UnsafeMutablePointer<Int>

    /// - Parameters:
    ///   - capacity: fields besides pseudo-header fields.
    ///   - names: bytes of the longest head.
    init(capacity: Int, names: Int) {
        self.capacity = capacity + 8
        self.names = Buffer(capacity: names + 64)
        unsafe namesCounts = .allocate(capacity: 1)
        unsafe namesCounts.initialize(to: 0)
        unsafe lines = .allocate(capacity: self.capacity)
        unsafe counts = .allocate(capacity: 1)
        unsafe counts.initialize(to: 0)
    }

    deinit {
        unsafe lines.deallocate()
        unsafe counts.deallocate()
        unsafe namesCounts.deallocate()
    }

    func begin() {
        unsafe counts.pointee = 0
        unsafe namesCounts.pointee = 0
    }

    /// A field of a head, whatever the case of its name.
    ///
    /// - Parameter readable: bytes that may be read from the name on.
    @unsafe func add(mixed name: UnsafeBufferPointer<UInt8>, readable: Int, _ value: UnsafeBufferPointer<UInt8>) {
        guard let start = name.baseAddress else { return }
        let at = unsafe namesCounts.pointee
        let end = unsafe Octets.writeLower(start, name.count, readable: readable, names, at: at)
        unsafe namesCounts.pointee = end
        unsafe names[at..<end].withUnsafeBufferPointer { unsafe add($0, value) }
    }

    /// The bytes must stay until the lines are submitted, or, if they are borrowed, until the frame is made.
    @unsafe func add(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        let i = unsafe counts.pointee
        precondition(i < capacity, "a head has as many fields as its parser allows")
        unsafe (lines + i).initialize(
            to: nghttp2_nv(
                name: UnsafeMutablePointer(mutating: name.baseAddress), value: UnsafeMutablePointer(mutating: value.baseAddress),
                namelen: name.count, valuelen: value.count, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
        unsafe counts.pointee = i &+ 1
    }

    @unsafe func add(_ name: StaticString, _ value: UnsafeBufferPointer<UInt8>) {
        unsafe add(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value)
    }

    @unsafe func add(_ name: StaticString, _ value: StaticString) {
        unsafe add(name, UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// nghttp2 shall not copy the lines: their frame is made before the bytes go.
    func borrow() {
        let flags = UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
        for i in unsafe 0..<counts.pointee { unsafe lines[i].flags = flags }
    }

    @unsafe func withLines<R>(_ body: (UnsafePointer<nghttp2_nv>, Int) -> R) -> R {
        unsafe body(UnsafePointer(lines), counts.pointee)
    }
}
