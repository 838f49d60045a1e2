/// What is updated where something happens, and read when somebody scrapes.
///
/// An update is an atomic operation or two, so instruments may be used from any thread, timing-critical ones included.
package protocol Instrument: AnyObject, Sendable {
    /// Appends the lines of its samples; they are the same in every format.
    func appendSamples(to buffer: inout [UInt8])
}
