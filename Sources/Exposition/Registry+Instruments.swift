/// Names, labels, buckets and units are constants of the program: a wrong one, or a name that another family has, is a
/// mistake in the program and ends it.
extension Registry {
    /// A counter; `name` ends in `_total`.
    package func counter(_ name: String, help: String, unit: Unit? = nil) -> Counter {
        counters(name, help: help, unit: unit, labels: []).with()
    }

    package func counters(_ name: String, help: String, unit: Unit? = nil, labels: [String]) -> Family<Counter> {
        register(Family(Metadata(.counter, name, help: help, unit: unit), labels: labels) { Counter($0) })
    }

    package func gauge(_ name: String, help: String, unit: Unit? = nil) -> Gauge {
        gauges(name, help: help, unit: unit, labels: []).with()
    }

    package func gauges(_ name: String, help: String, unit: Unit? = nil, labels: [String]) -> Family<Gauge> {
        register(Family(Metadata(.gauge, name, help: help, unit: unit), labels: labels) { Gauge($0) })
    }

    /// A histogram; `buckets` are their upper bounds without infinity.
    package func histogram(_ name: String, help: String, unit: Unit? = nil, buckets: [Double]) -> Histogram {
        histograms(name, help: help, unit: unit, labels: [], buckets: buckets).with()
    }

    package func histograms(
        _ name: String,
        help: String,
        unit: Unit? = nil,
        labels: [String],
        buckets: [Double]
    ) -> Family<Histogram> {
        precondition(
            buckets.allSatisfy { $0 >= 0 && $0.isFinite } && zip(buckets, buckets.dropFirst()).allSatisfy(<),
            "the buckets of '\(name)' must be finite, not negative and ascending: \(buckets)"
        )
        let metadata = Metadata(.histogram, name, help: help, unit: unit)
        return register(Family(metadata, labels: labels) { Histogram($0, bounds: buckets) })
    }

    /// One set of facts; `name` ends in `_info`.
    @discardableResult
    package func info(_ name: String, help: String, labels: KeyValuePairs<String, String>) -> Info {
        infos(name, help: help, labels: labels.map(\.key)).member(labels.map(\.value))
    }

    package func infos(_ name: String, help: String, labels: [String]) -> Family<Info> {
        register(Family(Metadata(.info, name, help: help, unit: nil), labels: labels) { Info($0) })
    }
}
