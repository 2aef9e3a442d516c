import Fetch

/// Reads the admin pages of a running gateway.
struct AdminClient {
    var address: SocketAddressOption

    /// The body of a page. A refusal is the user's error with the page's own words; silence is `unreachable`.
    func get(_ target: String) async throws(Failure) -> String {
        let response: Response
        do {
            response = try await Client().send(Request("GET", "http://\(address)\(target)"))
        } catch {
            throw .unreachable("\(error) Is a martlet running there with --admin \(address)?")
        }
        let said = response.text.last == "\n" ? String(response.text.dropLast()) : response.text
        switch response.status {
        case 200: return response.text
        case 503: throw .unreachable("\(address): \(said)")
        default: throw .wrongInput(said)
        }
    }
}
