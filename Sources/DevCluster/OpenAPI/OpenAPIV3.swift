import Documents

/// `/openapi/v3`: an index and one document for each group and version.
enum OpenAPIV3 {
    static func index(_ kinds: [KindSchema]) -> Value { ["paths": [:]] }

    static func document(group: String, version: String, _ kinds: [KindSchema]) -> Value { ["openapi": "3.0.0"] }
}
