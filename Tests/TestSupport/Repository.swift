/// Where the tests find the files of this repository.
package enum Repository {
    /// The folder of `Package.swift`, three levels above this file.
    package static let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// The path of a file in `Tests/Fixtures`.
    package static func fixture(_ name: String) -> String { "\(path)/Tests/Fixtures/\(name)" }
}
