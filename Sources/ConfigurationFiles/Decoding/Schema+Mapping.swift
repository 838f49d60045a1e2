extension Schema {
    /// A mapping that becomes a value of its own: its keys fill a draft, and a draft without fault becomes the value.
    static func mapping<Draft>(
        _ section: Section<Draft>,
        draft: Draft,
        finish: @escaping (Draft, Places, inout Diagnostics) -> Value?
    ) -> Schema {
        Schema(paths: section.paths) { node, diagnostics in
            var draft = draft
            let before = diagnostics.count
            section.read(node, into: &draft, &diagnostics)
            guard diagnostics.count == before else { return nil }
            return finish(draft, Places(node), &diagnostics)
        }
    }
}
