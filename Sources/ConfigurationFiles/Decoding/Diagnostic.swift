/// What is wrong at a place in the file, and what to do about it.
struct Diagnostic: Error {
    let position: YAMLPosition
    let message: String

    init(_ message: String, at position: YAMLPosition) {
        self.position = position
        self.message = message
    }
}
