import Linux

/// Tells whether a process runs CPython, by what it has mapped, and where the interpreter is.
///
/// Looked at are the program itself and libraries named libpython*: who embeds Python does it by one or the other.
struct ProcessJudge {
    enum Verdict: Equatable {
        case python(InterpreterLocation)
        case unobservable(ProcessIdentity, UnobservableReason)
        case other
    }

    private enum ImageContent {
        case python(PythonImage)
        /// A CPython that keeps its lock elsewhere: before 3.7.
        case old
        case other
    }

    private let proc: String
    private let locator: ImageLocator
    private let pageSize: UInt64
    private var pythons = ImageCache<ImageContent>()
    private var libraries = ImageCache<CLibrary>()

    init(proc: String, pageSize: UInt64) {
        self.proc = proc
        self.pageSize = pageSize
        locator = ImageLocator(proc: proc)
    }

    mutating func judge(_ pid: Int32) -> Verdict {
        let files = ProcessFiles(proc: proc, pid: pid)
        let mappings: [FileMapping]
        do throws(SystemError) {
            mappings = try files.mappings()
        } catch {
            return error.isDenial ? judgeByName(files) : .other
        }
        // Kernel threads, and processes that have ended and not been waited for.
        guard !mappings.isEmpty else { return .other }
        for (image, own) in candidates(pid, mappings) {
            switch content(of: image) {
            case .other:
                continue
            case .old:
                return files.identity.map { .unobservable($0, .version) } ?? .other
            case .python(let python):
                return files.identity.map { verdict($0, python, mappedAt: own, among: mappings) } ?? .other
            }
        }
        // A libpython whose file cannot be had any more.
        guard mappings.contains(where: { Self.isLibpython($0.name) && locator.file(of: $0, in: pid) == nil }),
            let identity = files.identity
        else { return .other }
        return .unobservable(identity, .image)
    }

    /// The program first: symbols are resolved in this order too, so that a program's copy of `_PyRuntime`, if it has
    /// one, is the one in use (ld.so(8)).
    private func candidates(
        _ pid: Int32,
        _ mappings: [FileMapping]
    ) -> [(ImageLocator.Image, [FileMapping])] {
        var candidates: [(ImageLocator.Image, [FileMapping])] = []
        // btrfs and overlayfs: see ImageLocator. The program is not mistaken for a library with its inode number,
        // because its segments would not fit.
        if let program = locator.program(of: pid) {
            candidates.append((program, mappings.filter { $0.inode == program.identity.inode }))
        }
        if let first = mappings.first(where: { Self.isLibpython($0.name) }),
            let library = locator.file(of: first, in: pid)
        {
            candidates.append((library, mappings.filter { $0.inode == first.inode && $0.device == first.device }))
        }
        return candidates
    }

    private mutating func content(of image: ImageLocator.Image) -> ImageContent {
        let content = try? pythons.content(
            of: image,
            read: { file in
                if let python = PythonImage(file) { return .python(python) }
                return file.symbol("Py_GetVersion") == nil ? .other : .old
            },
            otherwise: .other
        )
        return content ?? .other
    }

    private mutating func verdict(
        _ identity: ProcessIdentity,
        _ python: PythonImage,
        mappedAt own: [FileMapping],
        among mappings: [FileMapping]
    ) -> Verdict {
        guard let bias = python.loadBias(own, pageSize: pageSize) else { return .unobservable(identity, .image) }
        let version: PythonVersion?
        switch python.version {
        case .unreleased: return .unobservable(identity, .prerelease)
        case .released(let released): version = released
        case .unknown: version = nil
        }
        return .python(
            InterpreterLocation(
                process: identity,
                runtime: bias &+ python.runtime,
                version: version,
                libc: library(mappings, identity.pid),
                machine: python.machine
            )
        )
    }

    private mutating func library(_ mappings: [FileMapping], _ pid: Int32) -> CLibrary {
        guard let mapping = mappings.first(where: { CLibraryInFile.isLikely($0.name) }) else { return .unknown }
        if CLibraryInFile.isMusl(mapping.name) { return .musl }
        guard let image = locator.file(of: mapping, in: pid) else { return .unknown }
        return (try? libraries.content(of: image, read: CLibraryInFile.glibc, otherwise: .unknown)) ?? .unknown
    }

    /// Somebody else's process, of which only the name can be seen: it counts as Python if it is called so. One that
    /// embeds Python under another name is missed, as any process may; to count all of them would be a false alarm.
    private func judgeByName(_ files: ProcessFiles) -> Verdict {
        let program = files.commandLine()?.split(separator: " ").first?.split(separator: "/").last
        guard [files.name()?[...], program].contains(where: { $0.map(Self.isPython) ?? false }),
            let identity = files.identity
        else { return .other }
        return .unobservable(identity, .permission)
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
}
