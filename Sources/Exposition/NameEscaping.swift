/// How names with other characters than the classic ones are to be written: what Prometheus 3 puts into its Accept
/// header, and looks for in the answer's Content-Type.
///
/// Every name here is plain ASCII and is the same in all of them.
package enum NameEscaping: String, Sendable, Hashable {
    case allowUTF8 = "allow-utf-8"
    case underscores
    case dots
    case values
}
