/// One family of an exposition.
package struct OpenMetricsFamily {
    package let name: String
    package let type: String
    package private(set) var unit: String?
    package private(set) var help: String?
    package private(set) var samples: [OpenMetricsSample] = []

    init(name: String, type: String) {
        self.name = name
        self.type = type
    }

    mutating func setUnit(_ unit: String) throws(OpenMetricsViolation) {
        guard self.unit == nil, help == nil, samples.isEmpty else { throw .metadataOrder }
        guard name.hasSuffix("_\(unit)"), type != "info", type != "stateset" else { throw .unit }
        self.unit = unit
    }

    mutating func setHelp(_ help: String) throws(OpenMetricsViolation) {
        guard self.help == nil, samples.isEmpty else { throw .metadataOrder }
        self.help = help
    }

    mutating func append(_ sample: OpenMetricsSample) throws(OpenMetricsViolation) {
        guard help != nil else { throw .metadataOrder }
        guard suffixes.contains(where: { name + $0 == sample.name }) else { throw .foreignSample }
        samples.append(sample)
    }

    /// The value of the sample with this suffix and exactly these labels.
    package func value(_ suffix: String = "", _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name + suffix && $0.labels == labels }?.value
    }

    /// The family's name and every name that its samples could have.
    var possibleNames: Set<String> {
        Set(suffixes.map { name + $0 } + [name])
    }

    private var suffixes: [String] {
        switch type {
        case "counter": ["_total", "_created"]
        case "histogram": ["_bucket", "_count", "_sum", "_created"]
        case "gaugehistogram": ["_bucket", "_gcount", "_gsum"]
        case "summary": ["", "_count", "_sum", "_created"]
        case "info": ["_info"]
        default: [""]
        }
    }

    func check() throws(OpenMetricsViolation) {
        guard help != nil else { throw .metadataOrder }
        var metrics: [(labels: [String: String], samples: [OpenMetricsSample])] = []
        for sample in samples {
            let isBucket = type == "histogram" && sample.name == name + "_bucket"
            guard (sample.labels["le"] != nil) == isBucket else { throw .bucketLabel }
            let labels = sample.labels.filter { $0.key != "le" }
            if metrics.last?.labels != labels { metrics.append((labels, [])) }
            metrics[metrics.count - 1].samples.append(sample)
        }
        guard Set(metrics.map(\.labels)).count == metrics.count else { throw .interleavedMetrics }
        for metric in metrics {
            let series = metric.samples.map { [$0.name, $0.labels["le"] ?? ""] }
            guard Set(series).count == series.count else { throw .seriesTwice }
            try checkValues(of: metric.samples)
        }
    }

    private func checkValues(of metric: [OpenMetricsSample]) throws(OpenMetricsViolation) {
        switch type {
        case "counter":
            guard metric.allSatisfy({ $0.value >= 0 }) else { throw .value }
        case "info":
            guard metric.allSatisfy({ $0.value == 1 }) else { throw .value }
        case "histogram":
            try checkHistogram(metric)
        default:
            break
        }
    }

    private func checkHistogram(_ metric: [OpenMetricsSample]) throws(OpenMetricsViolation) {
        let buckets = metric.filter { $0.name == name + "_bucket" }
        var bounds: [Double] = []
        for text in buckets.compactMap({ $0.labels["le"] }) {
            guard text == "+Inf" || text.contains(where: { ".e".contains($0) }) else { throw .bucketLabel }
            bounds.append(try OpenMetricsSample.number(text[...]))
        }
        guard bounds.last == .infinity, zip(bounds, bounds.dropFirst()).allSatisfy(<),
            zip(buckets, buckets.dropFirst()).allSatisfy({ $0.value <= $1.value }),
            buckets.allSatisfy(\.isInteger)
        else { throw .buckets }

        let count = metric.first { $0.name == name + "_count" }
        let sum = metric.first { $0.name == name + "_sum" }
        guard (count == nil) == (sum == nil) else { throw .countAndSum }
        guard let count, let sum else { return }
        guard count.isInteger, count.value == buckets.last?.value, sum.value >= 0 else { throw .countAndSum }
    }
}
