import Base
import CNGHTTP2

/// The fields of a head that goes out, as nghttp2 wants them. It copies them, and makes names lower case, before `submit` returns.
@safe struct HTTP2Lines: ~Copyable {
    private let lines: UnsafeMutablePointer<nghttp2_nv>
    private let counts: UnsafeMutablePointer<Int>
    private let capacity: Int

    /// - Parameter capacity: fields besides pseudo-header fields.
    init(capacity: Int) {
        self.capacity = capacity + 8
        unsafe lines = .allocate(capacity: self.capacity)
        unsafe counts = .allocate(capacity: 1)
        unsafe counts.initialize(to: 0)
    }

    deinit {
        unsafe lines.deallocate()
        unsafe counts.deallocate()
    }

    func begin() { unsafe counts.pointee = 0 }

    /// The bytes must stay until the lines are submitted.
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

    @unsafe func withLines<R>(_ body: (UnsafePointer<nghttp2_nv>, Int) -> R) -> R {
        unsafe body(UnsafePointer(lines), counts.pointee)
    }
}
