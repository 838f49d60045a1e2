import Glibc
import Linux

/// Tells whether a process runs CPython, by what it has mapped, and where the interpreter is. For several threads.
///
/// Looked at are the program, whatever is called as Python is, and other large code: who embeds Python may name it as he
/// likes, and a program that is started through the dynamic loader is to the kernel no more than another library.
struct ProcessJudge: Sendable {
    enum Verdict: Equatable, Sendable {
        case python(InterpreterLocation)
        case unobservable(ProcessIdentity, UnobservableReason)
        case other
    }

    private enum ImageContent: Sendable {
        case python(PythonImage)
        /// A CPython that keeps its lock elsewhere: before 3.7.
        case old
        case failed(ImageFailure)
        case other
    }

    /// The code of CPython 3.8, built to be small, has 1.3 MiB. Only one image in five has as much as this.
    private static let smallestCode: UInt64 = 512 << 10
    /// Large images of one process. Browsers and office programs have some dozens.
    private static let mostImages = 256

    private let proc: String
    private let locator: ImageLocator
    private let pageSize: UInt64
    private let pythons: ImageCache<ImageContent>
    private let libraries: ImageCache<CLibrary>

    init(proc: String, pageSize: UInt64, budget: ImageFile.Budget = ImageFile.Budget()) {
        self.proc = proc
        self.pageSize = pageSize
        locator = ImageLocator(proc: proc)
        pythons = ImageCache(budget: budget)
        libraries = ImageCache(budget: budget)
    }

    /// - Parameter call: knows which devices are not to be asked.
    func judge(_ pid: Int32, _ call: BlockingWork.Call = BlockingWork.Call()) -> Verdict {
        let files = ProcessFiles(proc: proc, pid: pid)
        let mappings: [FileMapping]
        do throws(SystemError) {
            mappings = try files.mappings()
        } catch {
            if error.isDenial { return judgeByName(files, .permission) }
            return error.code == EFBIG ? judgeByName(files, .limit) : .other
        }
        // Kernel threads, and processes that have ended and not been waited for.
        guard !mappings.isEmpty else { return .other }
        let program = files.programPath()
        var reason: UnobservableReason?
        let candidates = candidates(mappings, program: program)
        for candidate in candidates.prefix(Self.mostImages) {
            let answer = call.touching(candidate.device) { () -> (ImageContent, [FileMapping])? in
                image(of: candidate, in: pid, mappings).map { (content(of: $0), $1) }
            }
            // What is mapped as data runs only in an emulator; a debugger maps programs to read them.
            let isNamed = candidate.isNamedAsPython && candidate.isCode
            switch answer {
            case nil:
                // Nobody knows what it is.
                if isNamed { reason = reason ?? .unresponsive }
            case .some(nil):
                // No path leads to the file any more.
                if isNamed { reason = reason ?? .image }
            case .some(.some((let content, let own))):
                switch content {
                case .python(let python) where candidate.isCode || python.machine != .current:
                    return files.identity.map { verdict($0, python, mappedAt: own, among: mappings, call) } ?? .other
                case .old: reason = .version
                case .failed(.exhausted): reason = reason ?? .limit
                case .failed(.foreign): if candidate.isNamedAsPython { reason = reason ?? .architecture }
                case .failed(.unreadable): if isNamed { reason = reason ?? .image }
                case .failed(.malformed): if isNamed, !candidate.isProgram { reason = reason ?? .image }
                case .python, .other: break
                }
            }
        }
        if candidates.count > Self.mostImages { reason = reason ?? .limit }
        if reason == nil, isStripped(program, mappings) { reason = .image }
        guard let reason, let identity = files.identity else { return .other }
        return .unobservable(identity, reason)
    }

    /// What may be an interpreter.
    private struct Candidate {
        /// Nil for the program, of which no mapping is known to be it.
        let mapping: FileMapping?
        let isProgram: Bool
        let isNamedAsPython: Bool
        // Stored, because Swift 6.3 does not compile the computed ones with optimisation (CopyPropagation).
        let device: UInt64?
        let isCode: Bool

        init(mapping: FileMapping?, isProgram: Bool, isNamedAsPython: Bool) {
            self.mapping = mapping
            self.isProgram = isProgram
            self.isNamedAsPython = isNamedAsPython
            device = mapping?.device
            isCode = isProgram || mapping?.isExecutable ?? false
        }
    }

    /// The program first: symbols are resolved in this order too, so that a program's copy of `_PyRuntime`, if it has
    /// one, is the one in use (ld.so(8)).
    private func candidates(_ mappings: [FileMapping], program: String?) -> [Candidate] {
        let own = mappings.first { $0.path == program }
        let name = program?.split(separator: "/").last
        var candidates = [
            Candidate(mapping: own, isProgram: true, isNamedAsPython: name.map(Self.isPython) ?? false)
        ]
        var seen: Set<FileMapping.File> = []
        if let own { seen.insert(own.file) }
        var others: [Candidate] = []
        // A file's code stands for it, and its data only if it has no code.
        for mapping in mappings.filter(\.isExecutable) + mappings.filter({ !$0.isExecutable }) {
            let isNamed = Self.isLibpython(mapping.name) || Self.isPython(mapping.name)
            guard isNamed || mapping.isExecutable && mapping.size >= Self.smallestCode,
                seen.insert(mapping.file).inserted
            else { continue }
            let candidate = Candidate(mapping: mapping, isProgram: false, isNamedAsPython: isNamed)
            if isNamed { candidates.append(candidate) } else { others.append(candidate) }
        }
        return candidates + others
    }

    /// The file, and where the process has mapped it.
    private func image(
        of candidate: Candidate,
        in pid: Int32,
        _ mappings: [FileMapping]
    ) -> (ImageLocator.Image, [FileMapping])? {
        if candidate.isProgram {
            // btrfs and overlayfs: see ImageLocator. The program is not mistaken for a library with its inode number,
            // because its segments would not fit.
            return locator.program(of: pid).map { image in
                (image, mappings.filter { $0.inode == image.identity.inode })
            }
        }
        guard let mapping = candidate.mapping else { return nil }
        return locator.file(of: mapping, in: pid).map { image in
            (image, mappings.filter { $0.file == mapping.file })
        }
    }

    private func content(of image: ImageLocator.Image) -> ImageContent {
        pythons.content(
            of: image,
            read: { file in
                let symbols = file.symbols(PythonImage.symbols)
                if let python = PythonImage(file, symbols: symbols) { return .python(python) }
                return symbols["Py_GetVersion"] == nil ? .other : .old
            },
            failed: { .failed($0) }
        )
    }

    private func verdict(
        _ identity: ProcessIdentity,
        _ python: PythonImage,
        mappedAt own: [FileMapping],
        among mappings: [FileMapping],
        _ call: BlockingWork.Call
    ) -> Verdict {
        guard python.machine == .current else { return .unobservable(identity, .architecture) }
        guard let bias = python.loadBias(own, pageSize: pageSize) else { return .unobservable(identity, .image) }
        let version: PythonVersion?
        switch python.version {
        case .unreleased: return .unobservable(identity, .prerelease)
        case .released(let released): version = released
        case .unknown: version = nil
        }
        guard let libc = library(mappings, identity.pid, call) else { return .unobservable(identity, .unresponsive) }
        return .python(
            InterpreterLocation(
                process: identity,
                runtime: bias &+ python.runtime,
                version: version,
                libc: libc,
                machine: python.machine
            )
        )
    }

    /// Nil where its file system does not answer.
    private func library(_ mappings: [FileMapping], _ pid: Int32, _ call: BlockingWork.Call) -> CLibrary? {
        guard let mapping = mappings.first(where: { CLibraryInFile.isLikely($0.name) }) else { return .unknown }
        if CLibraryInFile.isMusl(mapping.name) { return .musl }
        return call.touching(mapping.device) {
            guard let image = locator.file(of: mapping, in: pid) else { return .unknown }
            return libraries.content(of: image, read: CLibraryInFile.glibc, failed: { _ in .unknown })
        }
    }

    /// Whether a program that is called as Python has none in it that could be found, though all its libraries are
    /// loaded: its symbols were removed. Before its C library is there, its libpython may yet come.
    private func isStripped(_ program: String?, _ mappings: [FileMapping]) -> Bool {
        guard let name = program?.split(separator: "/").last, Self.isPython(name) else { return false }
        return mappings.contains { CLibraryInFile.isLikely($0.name) } || !mappings.contains { $0.name.hasPrefix("ld") }
    }

    /// A process of which only the name can be seen: it counts as Python if it is called so. One that embeds Python
    /// under another name is missed, as any process may; to count all of them would be a false alarm.
    private func judgeByName(_ files: ProcessFiles, _ reason: UnobservableReason) -> Verdict {
        let program = files.commandLine()?.split(separator: " ").first?.split(separator: "/").last
        guard files.isNamedAsPython || program.map(Self.isPython) ?? false, let identity = files.identity else {
            return .other
        }
        return .unobservable(identity, reason)
    }

    private static func isLibpython(_ name: Substring) -> Bool { name.hasPrefix("libpython") && name.contains(".so") }

    /// "python", "python3", "python3.13t"
    static func isPython(_ name: Substring) -> Bool {
        guard name.hasPrefix("python") else { return false }
        let version = name.dropFirst("python".count)
        return (version.last == "t" ? version.dropLast() : version).allSatisfy { $0 == "." || ("0"..."9").contains($0) }
    }
}

extension ProcessFiles {
    var identity: ProcessIdentity? { stat().map { ProcessIdentity(pid: pid, startTime: $0.startTicks) } }

    /// Whether it calls itself as Python is called, or its program is. Asks for nothing that may block.
    var isNamedAsPython: Bool {
        [name(), programName()].contains { name in name.map { ProcessJudge.isPython($0[...]) } ?? false }
    }
}
