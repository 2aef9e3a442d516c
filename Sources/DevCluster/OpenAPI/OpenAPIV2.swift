import Documents

/// `/openapi/v2`: Swagger 2.0, as JSON and as gnostic's protobuf (docs/adr/0007).
enum OpenAPIV2 {
    static func protobuf(_ kinds: [KindSchema]) -> [UInt8] { [] }

    static func json(_ kinds: [KindSchema]) -> Value { ["swagger": "2.0"] }
}
