import Graph

/// Any text is a graph or a refusal with a place; what parses prints, and the print parses to an equal graph.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    do throws(GraphTextError) {
        let graph = try GraphText.parse(text)
        let printed = GraphText.print(graph)
        let again = try? GraphText.parse(printed)
        precondition(again == graph, "\(printed) parsed to another graph")
        precondition(GraphDiff.between(graph, graph).isEmpty)
    } catch {
        precondition(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
    }
    return 0
}
