import FoundationEssentials

/// The profiles of groups as targets of a profiler, which gives each its `service_name`: the format of Prometheus's HTTP
/// service discovery, with the labels of Pyroscope.
package enum ProfileTargets {
    private struct Target: Encodable {
        let targets: [String]
        let labels: [String: String]
    }

    /// - Parameters:
    ///   - address: host and port of the exporter.
    ///   - path: of the profiles. The name of the group follows it.
    package static func encode(groups: [String], address: String, path: String) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let targets = groups.map { group in
            Target(
                targets: [address],
                labels: ["service_name": group, "__profile_path__": path + group.percentEncoded]
            )
        }
        return [UInt8](try encoder.encode(targets))
    }
}

extension String {
    /// The text as part of a path: all but unreserved characters are encoded, RFC 3986, 2.3.
    package var percentEncoded: String {
        utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                return String(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                return digits.utf8.count < 2 ? "%0\(digits)" : "%\(digits)"
            }
        }
        .joined()
    }
}
