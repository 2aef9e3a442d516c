import Documents
import Testing

@testable import DevCluster

@Suite struct CustomKindTests {
    private let definition: Value = [
        "spec": [
            "group": "example.com", "scope": "Cluster",
            "names": [
                "plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "Widgets", "shortNames": ["wd"],
                "categories": ["all"],
            ],
            "versions": [
                [
                    "name": "v1", "served": true, "storage": true,
                    "subresources": ["status": [:], "scale": ["labelSelectorPath": ".status.selector"]],
                    "additionalPrinterColumns": [["name": "Size", "type": "integer", "jsonPath": ".spec.size", "priority": 1]],
                    "schema": [
                        "openAPIV3Schema": [
                            "type": "object",
                            "properties": [
                                "metadata": ["type": "object"],
                                "spec": ["type": "object", "properties": ["size": ["type": "integer"]]],
                            ],
                        ]
                    ],
                ], ["name": "v2", "served": false, "storage": false], ["name": "v3", "served": true, "storage": false],
            ],
        ]
    ]

    @Test func `a definition becomes a kind for each served version`() throws {
        let kinds = KindSchema.kinds(crd: definition)
        #expect(kinds.map(\.version) == ["v1", "v3"])
        let kind = try #require(kinds.first)
        #expect(kind.qualifiedName == "widgets.example.com")
        #expect(kind.listKind == "Widgets")
        #expect(!kind.isNamespaced && kind.hasStatus)
        #expect(kind.shortNames == ["wd"] && kind.categories == ["all"])
        #expect(kind.scale == KindSchema.Scale(selectorPath: ".status.selector"))
        #expect(kind.columns == [KindSchema.Column("Size", type: "integer", priority: 1, path: ".spec.size")])
        #expect(!kinds[1].hasStatus)
    }

    @Test func `metadata is known whatever the definition says of it`() throws {
        let kind = try #require(KindSchema(crd: definition))
        let object: Value = ["metadata": ["name": "a", "labels": ["x": 1], "lables": [:]], "spec": ["size": 1, "sise": 2]]
        let pruned = Pruning.prune(object, kind.schema)
        #expect(pruned.unknown == ["metadata.lables", "spec.sise"])
        #expect(SchemaValidator.problems(pruned.value, kind.schema).map(\.path) == ["metadata.labels.x"])
    }

    @Test func `what is no definition is no kind`() {
        #expect(KindSchema(crd: ["spec": ["group": "a.b"]]) == nil)
        #expect(KindSchema.kinds(crd: .null).isEmpty)
    }
}
