/// Dates of the proleptic Gregorian calendar in UTC, as whole seconds since 1970.
public enum CivilTime {
    // MARK: Texts

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7, IMF-fixdate).
    public static func httpDate(_ seconds: Int64) -> String {
        let days = seconds.quotient(dividingBy: 86_400)
        let (year, month, day) = date(fromDays: days)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = weekdays[Int(days - days.quotient(dividingBy: 7) * 7)]
        return "\(weekday), \(digits(day, 2)) \(months[Int(month) - 1]) \(digits(year, 4)) \(time(seconds)) GMT"
    }

    /// `1994-11-06T08:49:37Z` (RFC 3339).
    public static func rfc3339(_ seconds: Int64) -> String {
        let (year, month, day) = date(fromDays: seconds.quotient(dividingBy: 86_400))
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T\(time(seconds))Z"
    }

    private static func time(_ seconds: Int64) -> String {
        let second = seconds - seconds.quotient(dividingBy: 86_400) * 86_400
        return [second / 3600, second / 60 % 60, second % 60].map { digits($0, 2) }.joined(separator: ":")
    }

    private static func digits(_ n: Int64, _ count: Int) -> String {
        let text = String(n)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    /// Days since 1970 to a date, by eras of 400 years that begin in March.
    private static func date(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.quotient(dividingBy: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    // MARK: Reading

    /// A moment as RFC 3339 writes it, such as `2026-11-01T08:30:00+01:00`, or a day, which begins in UTC. Parts of a second are dropped. nil for any
    /// other text, and for days that there are not.
    public static func seconds(rfc3339 text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count == 10 || bytes.count >= 20 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            guard bytes[range].allSatisfy({ (48...57).contains($0) }) else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        guard bytes[4] == 45, bytes[7] == 45, let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let days = days(year, month, day)
        else { return nil }
        if bytes.count == 10 { return days * 86_400 }
        guard bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == 58, bytes[16] == 58, let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { (48...57).contains($0) }
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard let offset = offset(Array(rest)) else { return nil }
        return days * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offset
    }

    /// `Z`, `+01:00` or `-05:30`, in seconds.
    private static func offset(_ bytes: [UInt8]) -> Int64? {
        if bytes.count == 1 { return bytes[0] | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        let places = [1, 2, 4, 5]
        guard bytes.count == 6, bytes[3] == 58, bytes[0] == 43 || bytes[0] == 45,
            places.allSatisfy({ (48...57).contains(bytes[$0]) })
        else { return nil }
        let n = places.map { Int64(bytes[$0] - 48) }
        guard n[0] * 10 + n[1] < 24, n[2] < 6 else { return nil }
        return (bytes[0] == 45 ? -1 : 1) * ((n[0] * 10 + n[1]) * 3600 + (n[2] * 10 + n[3]) * 60)
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.quotient(dividingBy: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        // The 31st of a shorter month would be a day of the next one.
        return date(fromDays: days).day == day ? days : nil
    }
}

extension Int64 {
    /// Rounds towards minus infinity.
    fileprivate func quotient(dividingBy divisor: Int64) -> Int64 {
        let q = self / divisor
        return self % divisor < 0 ? q - 1 : q
    }
}
