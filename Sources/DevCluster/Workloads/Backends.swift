/// A sample backend that runs in this process for one pod.
public struct RunningBackend: Sendable {
    /// The port of 127.0.0.1 on which it answers.
    public let port: UInt16
    /// Accepts nothing new, lets requests under way finish and ends it. May block for a moment.
    public let stop: @Sendable () -> Void

    public init(port: UInt16, stop: @escaping @Sendable () -> Void) {
        self.port = port
        self.stop = stop
    }
}

/// Starts the backend of a pod. Throws what is then said in an Event.
public typealias BackendStarter = @Sendable (_ version: String, _ podName: String) throws -> RunningBackend

/// `martlet/sample:VERSION`: the only image that runs here.
struct SampleImage: Equatable {
    let version: String

    static let prefix = "martlet/sample:"
    static let remedy = "this cluster runs \(prefix)VERSION only (such as \(prefix)v1); it has no container runtime"

    init?(_ image: String) {
        let path =
            ["docker.io/", "localhost/"].first { image.hasPrefix($0) }.map { image.dropFirst($0.count) } ?? Substring(image)
        guard path.hasPrefix(Self.prefix), path.count > Self.prefix.count else { return nil }
        version = String(path.dropFirst(Self.prefix.count))
    }
}
