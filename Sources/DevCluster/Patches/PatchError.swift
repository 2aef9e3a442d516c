/// Why a patch cannot be applied.
struct PatchError: Error, Equatable {
    var message: String
    /// The patch is well formed but does not fit this object (422 Invalid); false means that it is no patch at all (400 BadRequest).
    var isInvalid: Bool

    static func malformed(_ message: String) -> PatchError { PatchError(message: message, isInvalid: false) }
    static func unfit(_ message: String) -> PatchError { PatchError(message: message, isInvalid: true) }
}
