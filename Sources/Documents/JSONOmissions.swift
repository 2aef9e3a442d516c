/// Parts of JSON documents that are checked but not built: bookkeeping of others can be larger than what is read.
public struct JSONOmissions: Sendable {
    final class Node: Sendable {
        let isOmitted: Bool
        let members: [String: Node]
        /// The same, under their names as packed documents have them.
        let packed: [(name: [UInt8], node: Node)]
        /// Of each element of an array.
        let elements: Node?

        init(_ paths: [ArraySlice<String>]) {
            isOmitted = paths.contains { $0.isEmpty }
            var byStep: [String: [ArraySlice<String>]] = [:]
            for path in paths {
                guard let step = path.first else { continue }
                byStep[step, default: []].append(path.dropFirst())
            }
            elements = byStep.removeValue(forKey: JSONOmissions.eachElement).map { Node($0) }
            let members = byStep.mapValues { Node($0) }
            self.members = members
            packed = members.map { (PackedWriter.bytes($0.key), $0.value) }
        }
    }

    /// The step of a path that stands for each element of an array.
    public static let eachElement = "*"

    let root: Node

    /// - Parameter paths: member names from the root of the document.
    public init(_ paths: [[String]]) { root = Node(paths.map { $0[...] }) }
}
