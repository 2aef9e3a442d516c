/// What a sample backend answers: its version's name, or an echo. It exists so that one can see where a request went.
///
/// - any path: `v1` and a newline, with `x-version` and `x-pod`
/// - a path with an element `echo`: the request as it arrived, `GET /echo HTTP/1.1` and one `name: value` line for each field
/// - `echo-body`: the request's body
/// - `status/418`: that status
struct SampleAnswer: Equatable {
    var status = 200
    var contentType = "text/plain; charset=utf-8"
    var body: [UInt8]

    init(version: String, method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]) {
        let path = target.prefix { $0 != "?" }
        let elements = path.split(separator: "/")
        if elements.contains("echo-body") {
            contentType = headers.first { $0.name.lowercased() == "content-type" }?.value ?? "application/octet-stream"
            self.body = body
        } else if elements.contains("echo") {
            let lines = ["\(method) \(target) HTTP/1.1"] + headers.map { "\($0.name.lowercased()): \($0.value)" }
            self.body = Array((lines.joined(separator: "\n") + "\n\n").utf8) + body
        } else if elements.count == 2, elements[0] == "status", let status = Int(elements[1]), (200...599).contains(status) {
            self.status = status
            self.body = Array("\(status)\n".utf8)
        } else {
            self.body = Array("\(version)\n".utf8)
        }
    }
}
