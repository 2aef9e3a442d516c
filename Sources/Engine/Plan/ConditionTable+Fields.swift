import HTTP

extension ConditionTable {
    /// A header that was sent several times counts as one, its values joined by ", " (RFC 9110 section 5.3); Cookie by "; " (RFC
    /// 9113 section 8.2.3).
    func headerHolds(_ condition: ConditionRow, _ head: borrowing RequestHead, _ failed: inout Bool) -> Bool {
        let first = nextField(condition, head, from: 0)
        if first < 0 { return condition.test == .absent }
        if condition.test == .present { return true }
        if condition.test == .absent { return false }
        let second = nextField(condition, head, from: first &+ 1)
        if second < 0 { return valueHolds(condition, head.value(first), &failed) }
        let fields = head.fields
        let bytes = head.bytes
        let separator: [UInt8] = fields[first].kind == .cookie ? [59, 32] : [44, 32]
        return assembledHolds(condition, &failed) { joined in
            for i in first..<fields.count where isName(condition, fields[i], bytes) {
                if !joined.isEmpty || i > first { joined += separator }
                let field = fields[i]
                for k in Int(field.value)..<(Int(field.value) &+ Int(field.valueLength)) { joined.append(bytes[k]) }
            }
        }
    }

    private func nextField(_ condition: ConditionRow, _ head: borrowing RequestHead, from start: Int) -> Int {
        var i = start
        while i < head.fields.count {
            if isName(condition, head.fields[i], head.bytes) { return i }
            i &+= 1
        }
        return -1
    }

    @inline(__always)
    private func isName(_ condition: ConditionRow, _ field: FieldLine, _ bytes: borrowing Span<UInt8>) -> Bool {
        guard field.nameLength == condition.nameLength else { return false }
        for i in 0..<Int(field.nameLength) {
            if ASCII.lower(bytes[Int(field.name) &+ i]) != texts[Int(condition.name) &+ i] { return false }
        }
        return true
    }

    // MARK: Cookies

    /// The first cookie of that name.
    func cookieHolds(_ condition: ConditionRow, _ head: borrowing RequestHead, _ failed: inout Bool) -> Bool {
        var cursor = CookieCursor()
        guard let value = cursor.next(texts.span(condition.name, condition.nameLength), in: head) else {
            return condition.test == .absent
        }
        return valueHolds(condition, head.bytes.extracting(value), &failed)
    }

    // MARK: Query

    /// The first parameter of that name, decoded as forms are: `+` is a space (WHATWG URL, application/x-www-form-urlencoded).
    func queryHolds(_ condition: ConditionRow, _ query: borrowing Span<UInt8>, _ failed: inout Bool) -> Bool {
        var start = 0
        while start < query.count {
            var end = start
            while end < query.count && query[end] != UInt8(ascii: "&") { end &+= 1 }
            let value = parameterValue(condition, query, start, end)
            if value >= 0 { return parameterHolds(condition, query.extracting(min(value, end)..<end), &failed) }
            start = end &+ 1
        }
        return condition.test == .absent
    }

    /// Where the value begins when the parameter has the condition's name, else -1.
    private func parameterValue(_ condition: ConditionRow, _ query: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var i = start
        var k = 0
        while i < end && query[i] != UInt8(ascii: "=") {
            let c = Self.decode(query, &i, end)
            guard k < Int(condition.nameLength), texts[Int(condition.name) &+ k] == c else { return -1 }
            k &+= 1
        }
        return k == Int(condition.nameLength) ? i &+ 1 : -1
    }

    private func parameterHolds(_ condition: ConditionRow, _ value: Span<UInt8>, _ failed: inout Bool) -> Bool {
        switch condition.test {
        case .present: return true
        case .absent: return false
        case .exact:
            var i = 0
            var k = 0
            while i < value.count {
                let c = Self.decode(value, &i, value.count)
                guard k < Int(condition.valueLength), texts[Int(condition.value) &+ k] == c else { return false }
                k &+= 1
            }
            return k == Int(condition.valueLength)
        case .regex:
            return assembledHolds(condition, &failed) { decoded in
                var i = 0
                while i < value.count { decoded.append(Self.decode(value, &i, value.count)) }
            }
        }
    }

    /// The decoded byte at `i`, which moves past it. A `%` without two digits stands for itself.
    @inline(__always)
    private static func decode(_ text: borrowing Span<UInt8>, _ i: inout Int, _ end: Int) -> UInt8 {
        let c = text[i]
        i &+= 1
        if c == UInt8(ascii: "+") { return 32 }
        guard c == UInt8(ascii: "%"), i &+ 1 < end else { return c }
        let high = hex(text[i])
        let low = hex(text[i &+ 1])
        guard high < 16, low < 16 else { return c }
        i &+= 2
        return high << 4 | low
    }

    @inline(__always)
    private static func hex(_ c: UInt8) -> UInt8 {
        if c &- 48 < 10 { return c &- 48 }
        let letter = ASCII.lower(c) &- 97
        return letter < 6 ? letter &+ 10 : 255
    }
}
