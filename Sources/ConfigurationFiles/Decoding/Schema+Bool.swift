extension Schema where Value == Bool {
    /// `true` or `false`. Not `yes`, `on` or `off`, which are booleans in YAML 1.1 and texts in YAML 1.2.
    static var boolean: Schema {
        .scalar("true or false") { (scalar) throws(Unacceptable) in
            guard let value = Bool(scalar.text) else { throw Unacceptable("is neither true nor false") }
            guard scalar.isPlain else { throw .quoted }
            return value
        }
    }
}
