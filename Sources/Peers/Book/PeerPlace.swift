public import Base
import Documents
import Kubernetes

/// Where a replica can be asked: what the EndpointSlices say of one pod.
public struct PeerPlace: Sendable, Equatable {
    /// The pod's name; the address where nothing says which pod it is.
    public var name: String
    /// One of each family at most, in the order of the slices.
    public var addresses: [SocketAddress]
    /// For Events about the pod; nil where the slices do not tell.
    var pod: (key: ObjectKey, uid: String)?

    init(name: String, addresses: [SocketAddress], pod: (key: ObjectKey, uid: String)? = nil) {
        self.name = name
        self.addresses = addresses
        self.pod = pod
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.name == b.name && a.addresses == b.addresses && a.pod?.key == b.pod?.key && a.pod?.uid == b.pod?.uid
    }

    /// The ready endpoints of all slices, by name, without this replica's own.
    ///
    /// - Parameter own: this pod's name.
    static func all(in slices: [Value], own: String) -> [PeerPlace] {
        var places: [String: PeerPlace] = [:]
        for slice in slices {
            guard let port = slice["ports"]?.array?.first?["port"]?.integer.flatMap({ UInt16(exactly: $0) }) else { continue }
            let namespace = slice[at: "metadata", "namespace"]?.string ?? ""
            for endpoint in slice["endpoints"]?.array ?? [] {
                let conditions = endpoint["conditions"]
                guard conditions?["ready"]?.bool ?? true, !(conditions?["terminating"]?.bool ?? false),
                    let ip = endpoint["addresses"]?.array?.first?.string.flatMap({ IPAddress($0) })
                else { continue }
                let address = SocketAddress(ip, port)
                let target = endpoint["targetRef"]
                let pod = target?["kind"]?.string == "Pod" ? target?["name"]?.string : nil
                guard pod != own else { continue }
                let name = pod ?? address.description
                var place = places[name] ?? PeerPlace(name: name, addresses: [])
                if !place.addresses.contains(address) { place.addresses.append(address) }
                if let pod {
                    place.pod = (ObjectKey(namespace: namespace, name: pod), target?["uid"]?.string ?? "")
                }
                places[name] = place
            }
        }
        return places.values.sorted { $0.name < $1.name }
    }
}
