import Web

extension Schema where Value == String {
    /// Any text but an empty one.
    static func text(_ accepted: String) -> Schema {
        .scalar(accepted) { (scalar) throws(Unacceptable) in
            guard !scalar.text.isEmpty else { throw Unacceptable("is empty") }
            return scalar.text
        }
    }

    /// A text that no message repeats.
    static func secret(_ accepted: String) -> Schema {
        Schema { node, diagnostics in
            guard case .scalar(let scalar) = node.content, !scalar.isNull, !scalar.text.isEmpty else {
                diagnostics.report("expected one value: write \(accepted)", at: node.position)
                return nil
            }
            return scalar.text
        }
    }

    /// A file's path; a relative one starts from `folder`.
    static func path(in folder: FolderOfFile) -> Schema {
        .scalar("a file's path") { (scalar) throws(Unacceptable) in
            guard !scalar.text.isEmpty, !scalar.text.utf8.contains(0) else { throw Unacceptable("is no path") }
            return folder.path(scalar.text)
        }
    }
}

extension Schema where Value == ProtocolVersion {
    static var protocolVersion: Schema {
        .scalar("TLS12 or TLS13") { (scalar) throws(Unacceptable) in
            if let version = ProtocolVersion(rawValue: scalar.text) { return version }
            guard ["TLS10", "TLS11"].contains(scalar.text) else { throw Unacceptable("is not known") }
            throw Unacceptable("is not safe any more (RFC 8996)")
        }
    }
}

extension Schema where Value == ClientAuthentication {
    static var clientAuthentication: Schema {
        let choice = Schema.choice
        return Schema { node, diagnostics in
            // The toolkit still knows an older name of RequireAnyClientCert, and an empty one.
            switch node.content {
            case .scalar(let scalar) where scalar.text == "RequireClientCert": .requireAny
            case .scalar(let scalar) where scalar.text.isEmpty: ClientAuthentication.none
            default: choice.decode(node, &diagnostics)
            }
        }
    }
}
