extension Schema where Value == String {
    /// A runtime's name: it becomes a label's value and is typed on command lines, so it is short and without spaces.
    static var runtimeName: Schema {
        .scalar("1 to 64 letters a-z A-Z, digits, and . _ + -") { (scalar) throws(Unacceptable) in
            let name = scalar.text
            guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isAllowed) else {
                throw Unacceptable("is not a name")
            }
            return name
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "+", "-": true
        default: false
        }
    }
}
