import _StringProcessing

/// A regular expression as text that is known to be one, in the notation of Swift, which is that of Perl.
///
/// `Regex` itself belongs to one thread.
package struct RegularExpression: Sendable, Equatable {
    package let text: String

    /// - Throws: what is wrong with it, as the standard library says it.
    package init(_ text: String) throws {
        _ = try Regex(text)
        self.text = text
    }

    package func contains(captureNamed name: String) -> Bool {
        (try? Regex(text))?.contains(captureNamed: name) ?? false
    }

    /// For one thread. Scalars rather than characters, as everybody else's expressions count.
    func compiled() -> Regex<AnyRegexOutput>? {
        (try? Regex(text))?.matchingSemantics(.unicodeScalar)
    }
}
