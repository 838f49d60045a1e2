/// Why a job cannot be done here, as its worker says it.
package struct JobRefusal: Error, Equatable, CustomStringConvertible {
    /// With it a worker ends that refuses its job: Documentation/worker-protocol.md, "How it ends".
    package static let exitStatus: Int32 = 2

    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
