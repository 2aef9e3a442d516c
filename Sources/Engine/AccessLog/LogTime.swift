/// The current second as RFC 3339 text, made anew only when the second changes. Plain data of one thread.
struct LogTime: BitwiseCopyable {
    private var second = UInt64.max
    private var year: UInt64 = 0
    private var month: UInt64 = 0
    private var day: UInt64 = 0
    private var ofDay: UInt64 = 0

    init() {}

    /// Writes `2026-11-25T16:40:00.123Z`.
    mutating func put(_ wallNanoseconds: UInt64, to line: inout LogLine) {
        let now = wallNanoseconds / 1_000_000_000
        if now != second { set(now) }
        line.put(decimal: year, width: 4)
        line.put(45)
        line.put(decimal: month, width: 2)
        line.put(45)
        line.put(decimal: day, width: 2)
        line.put(84)
        line.put(decimal: ofDay / 3600, width: 2)
        line.put(58)
        line.put(decimal: ofDay / 60 % 60, width: 2)
        line.put(58)
        line.put(decimal: ofDay % 60, width: 2)
        line.put(46)
        line.put(decimal: wallNanoseconds / 1_000_000 % 1000, width: 3)
        line.put(90)
    }

    /// The civil date of a day number, counted in eras of 400 years that begin on a first of March.
    @inline(never) private mutating func set(_ now: UInt64) {
        second = now
        ofDay = now % 86400
        let days = now / 86400 + 719_468
        let era = days / 146_097
        let ofEra = days % 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * ofYear + 2) / 153
        day = ofYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
