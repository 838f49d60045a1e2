import Glibc

@testable import Linux
@testable import Observation

extension FuzzTarget {
    /// A program or library: everything that is ever asked of its file.
    static let elf = FuzzTarget("elf", maxLength: 32768, testExecutions: 400) { input in
        let bytes = input.all()
        let file = try MemoryFile("elf", containing: bytes)
        let path = "/proc/self/fd/\(file.descriptor)"
        guard let identity = FileIdentity(regularFileAt: path) else { throw SystemError("look at \(path)") }
        // Real files have a budget of half a gigabyte. Each byte is read a few times at most.
        let budget = ImageFile.Budget(bytes: max(64 << 10, 32 * bytes.count))
        let image = try ImageFile(path: path, expecting: identity, budget: budget)
        guard let elf = try? ELFFile(image) else { return }
        try require(image.shortfall == nil, "the headers take no more than their share")
        for section in elf.sections {
            try require(section.content.upperBound <= UInt64(bytes.count), "a section is within its file")
        }
        _ = CLibrary(glibc: elf)
        _ = elf.soname
        guard let python = PythonImage(elf) else { return }
        try require(python.runtime > 0, "the address of the runtime is known")
        let mappings = elf.segments.prefix(4).compactMap { segment in
            let start = segment.address & ~4095
            let line = "\(hex(start))-\(hex(start | 4095)) r-xp \(hex(segment.offset & ~4095)) 08:01 7 /x"
            return FileMapping(parsing: Array(line.utf8)[...])
        }
        _ = python.loadBias(mappings, pageSize: 4096)
    }

    private static func hex(_ number: UInt64) -> String { String(number, radix: 16) }

    /// Files of /proc and of cgroups, one of which the first byte chooses.
    static let procFiles = FuzzTarget("proc-files", maxLength: 4096) { input in
        switch input.byte() % 9 {
        case 0:
            guard let stat = ProcessStat(parsing: input.all()) else { return }
            try require(stat.cpuTime >= .zero && stat.uptimeAtStart >= .zero, "times are not negative")
        case 1: _ = KernelStat(parsing: input.all())
        case 2:
            for mapping in FileMapping.programs(parsing: input.all()) {
                try require(mapping.start < mapping.end && mapping.inode > 0, "a mapping has a size and a file")
                _ = (mapping.size, mapping.name, CLibrary.isLikely(mapping.name))
            }
        case 3: _ = SchedStat(parsing: input.all())
        case 4:
            guard let numbers = CgroupThrottling.numbers(parsing: input.all()),
                let throttling = CgroupThrottling(cpuStat: numbers)
            else { return }
            try require(throttling.time >= .zero, "time is not negative")
        case 5: _ = CgroupDirectories(membership: input.part(), mounts: input.all())
        case 6: _ = ScopeReader.users(parsing: input.all())
        case 7: _ = ScopeReader.hidepid(input.all(), of: "/proc")
        default: _ = ScopeReader.place(cgroup: input.all(), isContainer: true)
        }
    }

    /// The paths of cgroups.
    static let cgroup = FuzzTarget("cgroup", maxLength: 2048) { input in
        guard let membership = CgroupMembership(parsing: input.all()) else { return }
        try require(membership.unit?.isEmpty != true || membership.path.contains("/_"), "a unit has a name")
        guard let container = membership.container else { return }
        try require(container.id != nil || container.podUID != nil, "a container is identified")
        let identity = GroupIdentity(container)
        try require(!identity.isEmpty, "an identity identifies")
        try require(identity.groupOfPod?.isEmpty != true, "a group has a name")
        for text in [container.id, container.podUID].compactMap(\.self) {
            try require(
                text.utf8.count <= 64 && text.utf8.allSatisfy { (33...126).contains($0) },
                "identifiers are short"
            )
        }
    }

    /// Command lines, of which the names of groups are made.
    static let commandLine = FuzzTarget("command-line", maxLength: 4096) { input in
        let known = input.byte()
        let file = known & 1 == 0 ? nil : "python3.11"
        let thread = known & 2 == 0 ? "python3" : ""
        let bytes = input.all()
        let name = ProgramName(words: ProcessFiles.words(of: bytes), file: file, name: thread)
        if case .known(let text)? = name { try require(!text.isEmpty, "a program has a name") }
        _ = ProcessFiles.joined(bytes)
    }
}
