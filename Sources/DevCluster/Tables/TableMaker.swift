import Documents
import Foundation

/// What a row of a Table carries besides its cells.
enum IncludeObject: String {
    case none = "None"
    /// `PartialObjectMetadata`: the default.
    case metadata = "Metadata"
    case object = "Object"
}

/// `meta.k8s.io/v1 Table`: what `kubectl get` prints.
enum TableMaker {
    static func table(
        _ kind: KindSchema, _ objects: [Value], resourceVersion: String, includeObject: IncludeObject, now: Date
    ) -> Value {
        let columns = self.columns(of: kind)
        let cells = KindCells.maker(for: kind)
        let rows = objects.map { object -> Value in
            let context = CellContext(object: object, now: now)
            var row: Value = ["cells": .array(columns.map { cell($0, context, cells) })]
            if let carried = carried(object, includeObject) { row["object"] = carried }
            return row
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": ["resourceVersion": .string(resourceVersion)],
            "columnDefinitions": .array(columns.map(definition)), "rows": .array(rows),
        ]
    }

    /// Name first unless the kind says where (Events show it last), then its own; Age when it declares none.
    static func columns(of kind: KindSchema) -> [KindSchema.Column] {
        var columns = kind.columns
        if !columns.contains(where: { $0.name == "Name" }) {
            columns.insert(
                KindSchema.Column(
                    "Name", format: "name", description: "Name must be unique within a namespace.", path: ".metadata.name"), at: 0
            )
        }
        if columns.count == 1 {
            columns.append(
                KindSchema.Column(
                    "Age", type: "date", description: "When the object was created.", path: ".metadata.creationTimestamp"))
        }
        return columns
    }

    private static func cell(_ column: KindSchema.Column, _ context: CellContext, _ cells: KindCells.Maker?) -> Value {
        if let value = cells?(column.name, context) { return value }
        guard let found = SimpleJSONPath(column.path)?.first(in: context.object), !found.isNull else { return .null }
        switch column.type {
        case "date": return .string(found.string.flatMap { context.age($0) } ?? "<invalid>")
        case "string": return .string(found.string ?? found.jsonText)
        // What is not of the column's type is shown as nothing.
        case "integer": return found.integer.map(Value.integer) ?? .null
        case "boolean": return found.bool.map(Value.bool) ?? .null
        default: return found
        }
    }

    private static func definition(_ column: KindSchema.Column) -> Value {
        [
            "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
            "description": .string(column.description), "priority": .integer(Int64(column.priority)),
        ]
    }

    private static func carried(_ object: Value, _ include: IncludeObject) -> Value? {
        switch include {
        case .none: nil
        case .object: object
        case .metadata:
            ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] ?? [:]]
        }
    }
}
