/// Which certificate a server name gets, by number. Names change rarely and certificates often: a renewal makes another list of certificates
/// and shares this.
public final class ServerNames: Sendable {
    /// A certificate by its number, and what counts while there is none of that number: another place, or -1.
    private struct Place {
        let number: Int
        let fallback: Int
    }

    private let places: [Place]
    private let exact: [String: Int]
    private let below: [String: Int]
    private let any: Int?

    /// - Parameter names: with numbers of certificates. Of two alike the last one counts, and the other while that one's certificate is not there.
    public init(_ names: some Sequence<(name: TLSTerminator.ServerName, number: Int)>) {
        var places: [Place] = []
        var (exact, below, any): ([String: Int], [String: Int], Int?) = ([:], [:], nil)
        func add(_ number: Int, at known: Int?) -> Int {
            places.append(Place(number: number, fallback: known ?? -1))
            return places.count - 1
        }
        for (name, number) in names {
            switch name {
            case .exact(let name): exact[name.lowercased()] = add(number, at: exact[name.lowercased()])
            case .below(let suffix): below[suffix.lowercased()] = add(number, at: below[suffix.lowercased()])
            case .any: any = add(number, at: any)
            }
        }
        (self.places, self.exact, self.below, self.any) = (places, exact, below, any)
    }

    /// The certificate for a name as it came from the wire: in any case, perhaps with a dot at its end. That of the name itself, of the longest
    /// wildcard above it, of any name: the first one that is there.
    func certificate(for name: String?, of certificates: [TLSCertificate?]) -> TLSCertificate? {
        func found(at start: Int?) -> TLSCertificate? {
            guard var place = start else { return nil }
            while place >= 0 {
                if let certificate = certificates[places[place].number] { return certificate }
                place = places[place].fallback
            }
            return nil
        }
        guard let name else { return found(at: any) }
        var wanted = name.lowercased()
        if wanted.hasSuffix(".") { wanted.removeLast() }
        if let certificate = found(at: exact[wanted]) { return certificate }
        var rest = wanted[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if let certificate = found(at: below[String(rest)]) { return certificate }
        }
        return found(at: any)
    }
}
