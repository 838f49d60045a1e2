import Web

extension Schema where Value == String {
    /// Any text but an empty one.
    static func text(_ accepted: String) -> Schema {
        .scalar(accepted) { (scalar) throws(Unacceptable) in
            guard !scalar.text.isEmpty else { throw Unacceptable("is empty") }
            return scalar.text
        }
    }

    /// Any text, without a value where it is empty, as the toolkit has it. No message repeats it: it may be a secret.
    static func anyText(_ accepted: String) -> Schema {
        Schema { node, diagnostics in
            guard case .scalar(let scalar) = node.content else {
                diagnostics.report("expected one value: write \(accepted)", at: node.position)
                return nil
            }
            return scalar.isNull || scalar.text.isEmpty ? nil : scalar.text
        }
    }

    /// A file's path, without a value where it is empty; a relative one starts from `folder`.
    static func path(in folder: FolderOfFile) -> Schema {
        Schema { node, diagnostics in
            if case .scalar(let scalar) = node.content, scalar.isNull || scalar.text.isEmpty { return nil }
            let path = Schema.scalar("a file's path") { (scalar) throws(Unacceptable) in
                guard !scalar.text.utf8.contains(0) else { throw Unacceptable("is no path") }
                return folder.path(scalar.text)
            }
            return path.decode(node, &diagnostics)
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
            // The toolkit still knows an older name of RequireAnyClientCert, and an empty one says nothing.
            switch node.content {
            case .scalar(let scalar) where scalar.text == "RequireClientCert": .requireAny
            case .scalar(let scalar) where scalar.isNull || scalar.text.isEmpty: nil
            default: choice.decode(node, &diagnostics)
            }
        }
    }
}
