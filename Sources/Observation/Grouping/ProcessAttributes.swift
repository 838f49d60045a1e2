import Linux

/// What rules look at. Read when a rule asks for it, and once for a process: the user's name may take a query over the
/// network, nsswitch.conf(5).
final class ProcessAttributes {
    private let files: ProcessFiles
    private lazy var membership = files.cgroup().flatMap(CgroupMembership.init(parsing:))
    private lazy var program = files.programName() ?? files.name()
    private lazy var commandLine = files.commandLine()
    private lazy var userID = files.userID()
    private lazy var user = userID.map(UserName.of)

    init(_ files: ProcessFiles) { self.files = files }

    func value(of attribute: GroupRule.Attribute) -> String? {
        switch attribute {
        case .commandLine: commandLine
        case .program: program
        case .unit: membership?.unit
        case .cgroup: membership?.path
        case .user: user
        case .container: membership?.container
        }
    }

    /// The group without any rule: the systemd service, else the program.
    var standardGroup: String { membership?.service ?? program ?? "unknown" }

    /// The user who has chosen that name: a service of the system is the administrator's, but a user's own service manager
    /// starts what its user likes, and names it so (systemd.special(7), user.slice).
    var namingUser: UInt32? {
        guard let membership, membership.service != nil else { return userID }
        return membership.path.split(separator: "/").contains("user.slice") ? userID : nil
    }
}
