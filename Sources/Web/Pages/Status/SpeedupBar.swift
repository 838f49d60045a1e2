/// A speedup beside its ideal.
struct SpeedupBar {
    /// Nil where `single` gave no measurement to compare with.
    let speedup: Double?
    let ideal: Double
    /// What the whole length stands for; the same for all that are compared.
    let scale: Double

    var html: HTML {
        guard let speedup else { return "<span class=\"number\">unknown</span>" }
        let text = DecimalText.fixed(speedup, places: 2)
        let wanted = DecimalText.fixed(ideal, places: 0)
        return """
            <span class="number">\(text)<small> of \(wanted)</small></span>
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" \
            aria-label="\(text) times as fast as one worker; ideal is \(wanted)">\
            <rect class="track" width="100" height="10"/>\
            <rect class="speed" width="\(position(min(1, speedup / scale)))" height="10"/>\
            <rect class="ideal" x="\(position(ideal / scale))" width="1" height="10"/></svg>
            """
    }

    private func position(_ share: Double) -> String { DecimalText.fixed(share * 100, places: 1) }
}
