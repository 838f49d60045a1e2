import Linux

/// Why an interpreter could not be read this time.
enum ReadingError: Error, Equatable {
    /// The process has ended.
    case gone
    /// The runtime has no interpreter: not yet, not any more, or it is being shut down.
    case noInterpreter
    /// What was read does not fit together: it changed meanwhile, or it is not what it is taken for.
    case inconsistent
    /// What was read fits together, but not with what the kernel says of the process.
    case impossible
    /// The search has cost what it may, and has not found all.
    case exhausted
    /// There must be a search, which others have to be waited for.
    case postponed
    /// It never will be read.
    case unobservable(UnobservableReason)

    init(_ error: ProcessMemoryError) {
        switch error {
        case .gone: self = .gone
        case .permission: self = .unobservable(.permission)
        case .refused: self = .unobservable(.syscall)
        case .noDescriptor: self = .unobservable(.limit)
        case .unmapped, .tooMuch, .system: self = .inconsistent
        }
    }
}
