/// Where snapshots are kept.
public enum SnapshotPlace: Sendable, Equatable {
    case none
    /// Of this user, in memory.
    case standard
    case folder(String)

    /// As `--snapshot-dir` says it.
    public init(_ text: String?) {
        switch text {
        case nil, "": self = .standard
        case "none": self = .none
        case let path?: self = .folder(path)
        }
    }

    /// The folder; nil when nothing is kept.
    public func path(environment: [String: String], user: UInt32) -> String? {
        switch self {
        case .none: nil
        // A folder of our own inside: what is mounted into a pod belongs to root and is open to everybody.
        case .folder(let path): "\(path)/martlet-\(user)"
        case .standard:
            if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
                runtime + "/martlet"
            } else {
                "/dev/shm/martlet-\(user)"
            }
        }
    }
}
