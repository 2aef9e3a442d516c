// What it costs to list objects and to keep them; built and run by bench/store.
//
// Lists every kind that is named from an API server, through the same client, list-watch machine and snapshot as the gateway, and prints
// the processor time of the whole process and the memory that is in use afterwards and was not before. Nothing is translated.
import Base
import Documents
import Glibc
import Kubernetes
import Resources
import Synchronization
import Translator

private func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
}

/// Bytes that malloc handed out and did not get back, large blocks included.
private func bytesInUse() -> Int {
    let info = mallinfo2()
    return Int(info.uordblks + info.hblkhd)
}

private func list(_ kind: ResourceKind, _ client: APIClient, _ settings: ListWatchMachine.Settings) async -> [Object] {
    let type = ResourceType(
        group: kind.group, version: kind.version, plural: kind.plural, kind: kind.kind, isNamespaced: kind.isNamespaced)
    let (lists, sink) = AsyncStream<[Object]>.makeStream()
    let watch = Task {
        // As the controller reads what has no status.
        let reader = ObjectReader(unread: Snapshot.unread(kind, isWhole: false)) {
            let kept = Arrival.read($0, kind, isWhole: false)
            return (kept.packed, kept.stored)
        }
        await ListWatch(client, type, reader: reader, settings: settings).run { batch in
            for case .replaced(let objects) in batch.updates { sink.yield(objects) }
        }
    }
    defer { watch.cancel() }
    for await objects in lists { return objects }
    return []
}

@main
enum Store {
    static func main() async {
        let arguments = CommandLine.arguments
        guard arguments.count >= 4 else { fatalError("usage: store SERVER streamed|paged PLURAL…") }
        var settings = ListWatchMachine.Settings()
        settings.streams = arguments[2] == "streamed"
        let client = APIClient(ClusterAccess(server: arguments[1]))
        var snapshot = Snapshot()
        // What is made once, by the first answer, is no cost of an object.
        _ = try? await client.list(ResourceType(group: "", version: "v1", plural: "namespaces", kind: "Namespace"))
        for plural in arguments.dropFirst(3) {
            guard let kind = Snapshot.kinds.first(where: { $0.plural == plural }) else { fatalError("no kind \(plural)") }
            let (cpu, bytes) = (cpuSeconds(), bytesInUse())
            var count = 0
            do {
                let objects = await list(kind, client, settings)
                count = objects.count
                snapshot.replace(kind, namespace: nil, with: objects.map { Arrival($0.packed, kind, stored: $0.note) })
            }
            malloc_trim(0)
            print("\(plural) \(count) \(cpuSeconds() - cpu) \(bytesInUse() - bytes)")
        }
        withExtendedLifetime(snapshot) {}
    }
}
