/// Where the fields of an answer lie in the text that was just written for a stream, so that the text need not be parsed once more to be sent.
///
/// Whoever writes the text begins it, adds the lines in their order, finishes it, and says which stream it is for. It holds for the final head of
/// that one stream and is used once; a stream that has none is answered all the same.
@safe struct HTTP2Outline: ~Copyable {
    let lines: FieldTable
    private(set) var count = 0
    /// Where lines begin that were not added, and have to be parsed; where the head ends when there are none.
    private(set) var tail = 0
    private(set) var length = 0
    private var owner = HTTP2Stream.none
    private var isBroken = false

    init(capacity: Int) { lines = FieldTable(capacity: capacity) }

    @inline(__always)
    mutating func begin() {
        count = 0
        owner = .none
        isBroken = false
    }

    /// - Parameter shift: from where `field` was parsed to where it was written.
    @inline(__always)
    mutating func add(_ field: FieldLine, movedBy shift: Int32) {
        guard count < lines.capacity else { return isBroken = true }
        lines[count] = FieldLine(
            name: field.name &+ shift, nameLength: field.nameLength, value: field.value &+ shift,
            valueLength: field.valueLength, end: field.end &+ shift, kind: field.kind)
        count &+= 1
    }

    mutating func finish(tail: Int, length: Int) {
        self.tail = tail
        self.length = length
    }

    mutating func belong(to stream: HTTP2Stream) { owner = isBroken ? .none : stream }

    /// Whether `head`, which is to go to this stream, is the text that was outlined. It is asked once.
    mutating func describes(_ head: borrowing Span<UInt8>, of stream: HTTP2Stream) -> Bool {
        guard owner.isPresent, owner.handle == stream.handle, owner.id == stream.id else { return false }
        // An interim answer of the stream, which was written before, has no outline.
        guard length >= 14, length <= head.count, head[9] != 49, head[length &- 1] == 10, head[length &- 3] == 10 else {
            return false
        }
        owner = .none
        var end: Int32 = 12
        for i in 0..<count {
            let line = lines[i]
            guard line.name >= end, line.nameLength > 0, line.value > line.name &+ line.nameLength, line.valueLength >= 0,
                line.end >= line.value &+ line.valueLength &+ 2
            else { return false }
            end = line.end
        }
        return end <= tail && tail <= length &- 2
    }
}

extension HTTP2Wire {
    /// The head of an answer is about to be written.
    @inline(__always)
    public func beginOutline() { unsafe core.pointee.outline.begin() }

    /// A field was written that was parsed `shift` bytes before.
    @inline(__always)
    public func outline(_ field: FieldLine, movedBy shift: Int) {
        unsafe core.pointee.outline.add(field, movedBy: Int32(truncatingIfNeeded: shift))
    }

    /// The head was written.
    ///
    /// - Parameters:
    ///   - tail: offset of the first line that was not outlined, of those behind the others; of the empty line when there is none.
    ///   - length: of the head.
    public func finishOutline(tail: Int, length: Int) { unsafe core.pointee.outline.finish(tail: tail, length: length) }

    /// The head that was outlined will be sent on this stream.
    public func outlineBelongs(to stream: HTTP2Stream) { unsafe core.pointee.outline.belong(to: stream) }
}
