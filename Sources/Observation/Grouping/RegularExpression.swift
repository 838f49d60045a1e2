import CPCRE2

/// A Perl-compatible regular expression: pcre2pattern(3). Classes such as `\d` match ASCII only.
///
/// Any number of threads may use the compiled code: "MULTITHREADING" of pcre2api(3).
@safe package final class RegularExpression: Sendable, Equatable {
    /// The outcome of a search.
    enum Outcome {
        case matched([Capture])
        case unmatched
        /// The search exceeded its limit, so the outcome is unknown.
        case exhausted
    }

    /// The text that a pair of parentheses matched.
    struct Capture {
        let name: String?
        /// Nil for a pair that took no part in the match.
        let text: String?
    }

    package let text: String
    private nonisolated(unsafe) let code: OpaquePointer
    private nonisolated(unsafe) let limits: OpaquePointer
    /// The names of captures, by number.
    private let names: [Int: String]

    /// Steps of one search, which take some milliseconds. An expression such as `(a+)+$` takes time that doubles with every
    /// character; one without backtracking takes a few steps for each character.
    private static let maxSteps: UInt32 = 100_000
    /// KiB of memory for one search.
    private static let maxMemory: UInt32 = 1024

    package init(_ text: String) throws(RegularExpressionError) {
        var (error, offset): (CInt, Int) = (0, 0)
        let pattern = Array(text.utf8)
        guard
            let code = unsafe pcre2_compile_8(
                pattern,
                pattern.count,
                PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C,
                &error,
                &offset,
                nil
            ),
            let limits = unsafe pcre2_match_context_create_8(nil)
        else {
            throw RegularExpressionError(
                reason: Self.message(of: error),
                offset: String(decoding: pattern.prefix(offset), as: UTF8.self).count
            )
        }
        unsafe pcre2_set_match_limit_8(limits, Self.maxSteps)
        unsafe pcre2_set_heap_limit_8(limits, Self.maxMemory)
        self.text = text
        unsafe self.code = code
        unsafe self.limits = limits
        names = unsafe Self.names(in: code)
    }

    deinit {
        unsafe pcre2_match_context_free_8(limits)
        unsafe pcre2_code_free_8(code)
    }

    package static func == (one: RegularExpression, other: RegularExpression) -> Bool { one.text == other.text }

    package func contains(captureNamed name: String) -> Bool { names.values.contains(name) }

    /// Searches `subject` for the first match.
    func search(_ subject: String) -> Outcome {
        guard let match = unsafe pcre2_match_data_create_from_pattern_8(code, nil) else { return .exhausted }
        defer { unsafe pcre2_match_data_free_8(match) }
        let bytes = Array(subject.utf8)
        let count = unsafe pcre2_match_8(code, bytes, bytes.count, 0, 0, match, limits)
        guard count > 0 else { return count == PCRE2_ERROR_NOMATCH ? .unmatched : .exhausted }
        // Pairs of the begin and end of each capture, beginning with the whole match.
        let ends = unsafe pcre2_get_ovector_pointer_8(match)
        let pairs = unsafe Int(pcre2_get_ovector_count_8(match))
        return .matched(
            (1..<max(1, pairs)).map { number in
                let (begin, end) = unsafe (ends?[2 * number] ?? -1, ends?[2 * number + 1] ?? -1)
                // Both are -1, PCRE2_UNSET, for a capture that took no part. \K in a look-ahead can put the begin behind the
                // end.
                let isSet = 0 <= begin && begin <= end && end <= bytes.count
                return Capture(
                    name: names[number],
                    text: isSet ? String(decoding: bytes[begin..<end], as: UTF8.self) : nil
                )
            }
        )
    }

    /// Reads the table of names. Each entry is a number of two bytes, the higher byte first, and a name that ends with a zero
    /// byte.
    private static func names(in code: OpaquePointer) -> [Int: String] {
        var count: UInt32 = 0
        var entrySize: UInt32 = 0
        var table: UnsafePointer<UInt8>?
        unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
        unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &entrySize)
        unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
        guard let table = unsafe table, entrySize > 2 else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: (0..<Int(count)).map { index in
                let entry = unsafe UnsafeBufferPointer(start: table + index * Int(entrySize), count: Int(entrySize))
                let number = unsafe Int(entry[0]) << 8 | Int(entry[1])
                return unsafe (number, String(decoding: entry.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self))
            }
        )
    }

    private static func message(of error: CInt) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        // Negative if the message is longer than the buffer, which none is.
        let count = unsafe pcre2_get_error_message_8(error, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<Int(count)], as: UTF8.self) : "error \(error)"
    }
}

/// Why a text is not a regular expression.
package struct RegularExpressionError: Error, CustomStringConvertible {
    let reason: String
    /// The number of characters before the error.
    let offset: Int

    package var description: String { "\(reason), after character \(offset)" }
}
