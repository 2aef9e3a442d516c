import Documents
import Foundation
import Testing

@testable import DevCluster

@Suite struct BuiltInKindsTests {
    @Test(arguments: BuiltInKinds.all.map { "\($0.apiVersion) \($0.kind)" })
    func `every field of a built-in kind is described, and every list says how it is merged`(name: String) throws {
        let kind = try #require(BuiltInKinds.all.first { "\($0.apiVersion) \($0.kind)" == name })
        var visitor = SchemaVisitor()
        visitor.visit(kind.schema, kind.kind)
        #expect(visitor.complaints == [])
        #expect(visitor.count > 3)
    }

    @Test func `kinds are served once, and short names lead to one kind`() {
        let paths = BuiltInKinds.all.map { "\($0.apiVersion)/\($0.plural)" }
        #expect(Set(paths).count == paths.count)
        let shortNames = BuiltInKinds.all.filter { $0.group != "events.k8s.io" }.flatMap(\.shortNames)
        #expect(Set(shortNames).count == shortNames.count)
    }

    @Test func `columns by path find their value, columns without one are computed`() {
        for kind in BuiltInKinds.all {
            for column in kind.columns where column.path.isEmpty {
                let context = CellContext(object: ["metadata": [:]], now: .init(timeIntervalSince1970: 0))
                #expect(KindCells.maker(for: kind)?(column.name, context) != nil, "\(kind.kind) \(column.name)")
            }
            for column in kind.columns where !column.path.isEmpty { #expect(SimpleJSONPath(column.path) != nil) }
        }
    }
}

/// Walks a schema and notes what its author forgot.
private struct SchemaVisitor {
    var complaints: [String] = []
    var count = 0

    mutating func visit(_ schema: Value, _ path: String) {
        let node = SchemaNode(schema)
        for (name, member) in node.properties?.entries ?? [] {
            count += 1
            let place = "\(path).\(name)"
            if member["description"]?.string?.isEmpty ?? true { complaints.append("\(place) has no description") }
            if member["type"] == nil, !SchemaNode(member).isIntOrString { complaints.append("\(place) has no type") }
            visit(member, place)
        }
        for required in node.list("required").compactMap(\.string) where node.member(required) == nil {
            complaints.append("\(path) requires \(required), which it does not have")
        }
        for key in node.listMapKeys where node.items?.member(key) == nil && node.items?.isOpen == false {
            complaints.append("\(path) is keyed by \(key), which its elements do not have")
        }
        if let key = node.patchMergeKey, node.items?.member(key) == nil, node.items?.isOpen == false {
            complaints.append("\(path) is merged by \(key), which its elements do not have")
        }
        if let items = node.items { visit(items.value, path + "[]") }
        if schema["type"]?.string == "array", node.items == nil { complaints.append("\(path) has no items") }
    }
}
