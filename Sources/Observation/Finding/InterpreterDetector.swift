import Glibc
import Linux

/// Detects whether a process runs CPython, and where its interpreter is, from the files that it has mapped.
///
/// It examines the program, every file that is named as Python is, and other large code: a program that embeds Python may
/// have any name, and the kernel reports a program that the dynamic loader started as one more library.
///
/// Safe to use from several threads.
struct InterpreterDetector: Sendable {
    enum Detection: Equatable, Sendable {
        case python(InterpreterLocation)
        case unobservable(ProcessIdentity, UnobservableReason)
        case other
    }

    private enum ImageContent: Sendable {
        case python(PythonImage)
        /// A CPython before 3.7, which keeps its lock elsewhere.
        case old
        case failed(ImageFailure)
        case other
    }

    /// The code of CPython 3.8, built to be small, has 1.3 MiB. Only one image in five is as large as this.
    private static let minCodeSize: UInt64 = 512 << 10
    /// Large images of one process. Browsers and office programs have some dozens.
    private static let maxImages = 256
    /// Nanoseconds, after which no other image is read: a few times what one may take. What was read is remembered, so the
    /// next attempt gets further.
    private static let maxCPU: UInt64 = 2_000_000_000

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

    /// What is found while this program is short of descriptors may be wrong: ``Shortage``.
    ///
    /// - Parameter call: the piece of blocking work that this is; it keeps away from devices that do not answer.
    func detect(_ pid: Int32, _ call: BlockingWork.Call = BlockingWork.Call()) -> Detection {
        let files = ProcessFiles(proc: proc, pid: pid)
        let mappings: [FileMapping]
        do throws(SystemError) {
            mappings = try files.mappings()
        } catch {
            if error.isDenial { return detectByName(files, .permission) }
            return error.code == EFBIG ? detectByName(files, .limit) : .other
        }
        // Kernel threads and zombies have none.
        guard !mappings.isEmpty else { return .other }
        let program = files.programPath()
        var reason: UnobservableReason?
        let candidates = candidates(mappings, program: program)
        let cpuLimit = KernelClock.threadCPU() + Self.maxCPU
        for candidate in candidates.prefix(Self.maxImages) {
            guard KernelClock.threadCPU() < cpuLimit else {
                if candidates[0].isNamedAsPython { reason = reason ?? .limit }
                break
            }
            let answer = call.touching(candidate.device) { () -> (ImageContent, [FileMapping])? in
                image(of: candidate, in: pid, mappings).map { (content(of: $0), $1) }
            }
            // A program that is mapped as data runs only in an emulator; a debugger maps programs to read them.
            let isNamed = candidate.isNamedAsPython && candidate.isCode
            switch answer {
            case nil:
                // Its device does not answer.
                if isNamed { reason = reason ?? .unresponsive }
            case .some(nil):
                // No path leads to the file any more.
                if isNamed { reason = reason ?? .image }
            case .some(.some((let content, let own))):
                switch content {
                case .python(let python) where candidate.isCode || python.architecture != .current:
                    return files.identity.map { detection($0, python, mappedAt: own, among: mappings, call) } ?? .other
                case .old: reason = .version
                case .failed(.exhausted): reason = reason ?? .limit
                case .failed(.foreign): if candidate.isNamedAsPython { reason = reason ?? .architecture }
                case .failed(.unreadable), .failed(.postponed): if isNamed { reason = reason ?? .image }
                case .failed(.malformed): if isNamed, !candidate.isProgram { reason = reason ?? .image }
                case .python, .other: break
                }
            }
        }
        if candidates.count > Self.maxImages { reason = reason ?? .limit }
        if reason == nil, isStripped(program, mappings) { reason = .image }
        guard let reason, let identity = files.identity else { return .other }
        return .unobservable(identity, reason)
    }

    /// A file that may contain an interpreter.
    private struct Candidate {
        /// Nil for a program that none of the mappings is known to show.
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

    /// Begins with the program, because the dynamic loader resolves symbols in this order, too: if the program has a copy
    /// of `_PyRuntime`, that one is in use (ld.so(8)).
    private func candidates(_ mappings: [FileMapping], program: String?) -> [Candidate] {
        let own = mappings.first { $0.path == program }
        let name = program?.split(separator: "/").last
        var candidates = [
            Candidate(mapping: own, isProgram: true, isNamedAsPython: name.map(Self.isPython) ?? false)
        ]
        var seen: Set<FileMapping.File> = []
        if let own { seen.insert(own.file) }
        var others: [Candidate] = []
        // A file is represented by its code, and by its data only if it has no code.
        for mapping in mappings.filter(\.isExecutable) + mappings.filter({ !$0.isExecutable }) {
            let isNamed = Self.isLibpython(mapping.name) || Self.isPython(mapping.name)
            guard isNamed || mapping.isExecutable && mapping.size >= Self.minCodeSize,
                seen.insert(mapping.file).inserted
            else { continue }
            let candidate = Candidate(mapping: mapping, isProgram: false, isNamedAsPython: isNamed)
            if isNamed { candidates.append(candidate) } else { others.append(candidate) }
        }
        return candidates + others
    }

    /// The file, and the mappings that show it.
    private func image(
        of candidate: Candidate,
        in pid: Int32,
        _ mappings: [FileMapping]
    ) -> (ImageLocator.Image, [FileMapping])? {
        if candidate.isProgram {
            // Devices differ on btrfs and overlayfs: see ImageLocator. A library with the program's inode number is not
            // mistaken for the program, because its segments would not fit.
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

    private func detection(
        _ identity: ProcessIdentity,
        _ python: PythonImage,
        mappedAt own: [FileMapping],
        among mappings: [FileMapping],
        _ call: BlockingWork.Call
    ) -> Detection {
        guard python.architecture == .current else { return .unobservable(identity, .architecture) }
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
                architecture: python.architecture
            )
        )
    }

    /// - Returns: nil if its file system does not answer.
    private func library(_ mappings: [FileMapping], _ pid: Int32, _ call: BlockingWork.Call) -> CLibrary? {
        guard let mapping = mappings.first(where: { CLibrary.isLikely($0.name) }) else {
            return isLoading(mappings) ? .loading : .unknown
        }
        if CLibrary.isMusl(mapping.name) { return .musl }
        return call.touching(mapping.device) {
            let unread = CLibrary(glibcNamed: mapping.name)
            guard let image = locator.file(of: mapping, in: pid) else { return unread }
            return libraries.content(of: image, read: CLibrary.init(glibc:), failed: { _ in unread })
        }
    }

    /// Whether a program is named as Python is, and has loaded all its libraries, but contains no interpreter: its symbols
    /// were removed.
    private func isStripped(_ program: String?, _ mappings: [FileMapping]) -> Bool {
        guard let name = program?.split(separator: "/").last, Self.isPython(name) else { return false }
        return !isLoading(mappings)
    }

    /// Whether the dynamic loader is at work: it loads the C library last, or nearly so.
    private func isLoading(_ mappings: [FileMapping]) -> Bool {
        mappings.contains { $0.name.hasPrefix("ld") } && !mappings.contains { CLibrary.isLikely($0.name) }
    }

    /// Detects Python by name in a process that shows nothing else. A program of another name that embeds Python is
    /// missed; counting every such process would be a false alarm.
    private func detectByName(_ files: ProcessFiles, _ reason: UnobservableReason) -> Detection {
        let program = files.commandLine()?.split(separator: " ").first?.split(separator: "/").last
        guard files.isNamedAsPython || program.map(Self.isPython) ?? false, let identity = files.identity else {
            return .other
        }
        return .unobservable(identity, reason)
    }

    private static func isLibpython(_ name: Substring) -> Bool { name.hasPrefix("libpython") && name.contains(".so") }

    /// Whether `name` is like "python", "python3" or "python3.13t".
    static func isPython(_ name: Substring) -> Bool {
        guard name.hasPrefix("python") else { return false }
        let version = name.dropFirst("python".count)
        return (version.last == "t" ? version.dropLast() : version).allSatisfy { $0 == "." || ("0"..."9").contains($0) }
    }
}

extension ProcessFiles {
    /// Whether the process or its program is named as Python is. Reads nothing that may block.
    var isNamedAsPython: Bool {
        [name(), programName()].contains { name in name.map { InterpreterDetector.isPython($0[...]) } ?? false }
    }
}
