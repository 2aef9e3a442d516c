import Documents

/// Decides whether a snapshot may be served from. Pure.
struct Admission: Sendable {
    /// `ClusterIdentity` of the cluster that we are told to serve.
    var cluster: String
    /// Seconds.
    var maximumAge: Int64

    enum Refusal: Error, Equatable, Sendable {
        case otherCluster
        case tooOld(age: Int64)
        /// The clock was set back since, or forward before: how old it is cannot be said.
        case fromTheFuture(by: Int64)

        /// With the remedy.
        var sentence: String {
            switch self {
            case .otherCluster: "it is of another cluster, or of other namespaces of it"
            case .tooOld(let age): "it is \(age) s old; --snapshot-max-age says how old it may be"
            case .fromTheFuture(let seconds): "it was written \(seconds) s in the future; check the clock"
            }
        }
    }

    /// - Parameter now: seconds since 1970.
    func judge(_ header: SnapshotFile.Header, at now: Int64) throws(Refusal) {
        guard header.cluster == cluster else { throw .otherCluster }
        guard header.written <= now else { throw .fromTheFuture(by: Self.seconds(from: now, to: header.written)) }
        let age = Self.seconds(from: header.written, to: now)
        guard age <= maximumAge else { throw .tooOld(age: age) }
    }

    private static func seconds(from early: Int64, to late: Int64) -> Int64 {
        let (seconds, overflow) = late.subtractingReportingOverflow(early)
        return overflow ? .max : seconds
    }
}
