import Documents
import Graph
import Resources
import Translator

/// Objects from anybody have a translation: one by one it comes to the same as at once, and the graph's text parses back.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard let documents = try? YAML.documents(Array(UnsafeBufferPointer(start: bytes, count: count))) else { return 0 }
    var settings = TranslatorSettings()
    settings.isDefaultClass = true
    settings.listeners = [
        ListenerKey(address: "::", port: 80, transport: .http), ListenerKey(address: "::", port: 443, transport: .https),
    ]
    var snapshot = Snapshot()
    var stepwise = Translator(settings)
    _ = stepwise.translate(snapshot)
    for document in documents {
        if let touched = snapshot.put(document) { _ = stepwise.update(snapshot, changed: [touched]) }
    }
    var fresh = Translator(settings)
    let translation = fresh.translate(snapshot)
    precondition(stepwise.translate(snapshot) == translation, "one by one comes to something else")
    precondition((try? GraphText.parse(GraphText.print(translation.graph))) == translation.graph, "the text says another graph")
    return 0
}
