import Testing

extension ExitTest.Result? {
    /// Whether the program that ended said this when it did.
    func says(_ message: String) -> Bool {
        guard let self else { return false }
        return String(decoding: self.standardErrorContent, as: UTF8.self).contains(message)
    }
}
