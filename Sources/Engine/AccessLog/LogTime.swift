/// The current second as RFC 3339 text, made anew only when the second changes. Plain data of one thread.
struct LogTime: BitwiseCopyable {
    private var second = UInt64.max
    /// `2026-11-25T16:40:00.` and four bytes that are written over.
    private var text: (UInt64, UInt64, UInt64) = (0, 0, 0)

    init() {}

    /// Writes `2026-11-25T16:40:00.123Z`.
    mutating func put(_ wallNanoseconds: UInt64, to line: inout LogLine) {
        let now = wallNanoseconds / 1_000_000_000
        if now != second { set(now) }
        line.put(word: text.0)
        line.put(word: text.1)
        line.put(word: text.2)
        line.back(4)
        line.put(thousandths: wallNanoseconds / 1_000_000 % 1000)
        line.put(90)
    }

    @inline(never) private mutating func set(_ now: UInt64) {
        second = now
        let date = Self.date(now / 86400)
        let ofDay = now % 86400
        unsafe withUnsafeMutableBytes(of: &text) { bytes in
            guard let start = unsafe bytes.bindMemory(to: UInt8.self).baseAddress else { return }
            var line = unsafe LogLine(at: start)
            line.put(decimal: date.year, width: 4)
            line.put(45)
            line.put(decimal: date.month, width: 2)
            line.put(45)
            line.put(decimal: date.day, width: 2)
            line.put(84)
            line.put(decimal: ofDay / 3600, width: 2)
            line.put(58)
            line.put(decimal: ofDay / 60 % 60, width: 2)
            line.put(58)
            line.put(decimal: ofDay % 60, width: 2)
            line.put(46)
        }
    }

    /// The civil date of a day number, counted in eras of 400 years that begin on a first of March.
    static func date(_ dayNumber: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let days = dayNumber + 719_468
        let era = days / 146_097
        let ofEra = days % 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * ofYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shifted + 2) / 5 + 1)
    }
}
