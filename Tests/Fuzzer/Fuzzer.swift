import FuzzTargets
import Glibc

/// Runs one target under libFuzzer, whose options are the arguments: https://llvm.org/docs/LibFuzzer.html.
///
/// `GIL_EXPORTER_FUZZ_TARGET` names the target, so that one build serves all; `list` prints them with their limits.
@main
enum Fuzzer {
    static func main() {
        guard name != "list" else {
            for target in FuzzTarget.all {
                print(target.name, target.maxLength, target.seconds, target.allocation)
            }
            return
        }
        guard FuzzTarget.all.contains(where: { $0.name == name }) else {
            let names = FuzzTarget.all.map(\.name).joined(separator: ", ")
            print("\"\(name)\" is not a target: set GIL_EXPORTER_FUZZ_TARGET to one of \(names)")
            exit(2)
        }
        var count = CommandLine.argc
        var arguments = unsafe CommandLine.unsafeArgv
        exit(unsafe runDriver(&count, &arguments, testOneInput))
    }
}

/// libFuzzer as a library. Its own main function cannot be used: SwiftPM renames that of every executable.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// libFuzzer's main function, which is linked but never called, refers to it by this name.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let target else { return 0 }
    do {
        try target.run(unsafe Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
        fatalError("\(target.name): \(error)")
    }
    return 0
}

private let name = unsafe getenv("GIL_EXPORTER_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""

private let target = FuzzTarget.all.first { $0.name == name }
