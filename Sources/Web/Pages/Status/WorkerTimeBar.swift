/// Where the workers' time went, as a bar that is as long as the time, and in words.
struct WorkerTimeBar {
    private struct Part {
        let style: HTML
        let name: String
        let meaning: String
        let share: Double?
    }

    let time: StatusPage.WorkerTime

    private static func parts(_ time: StatusPage.WorkerTime?) -> [Part] {
        [
            Part(style: "cpu", name: "CPU", meaning: "counting down", share: time?.cpu),
            Part(style: "lock", name: "lock", meaning: "waiting for the lock", share: time?.lockWait),
            Part(style: "queue", name: "queue", meaning: "waiting for a CPU", share: time?.runQueue),
            Part(style: "rest", name: "rest", meaning: "neither", share: time?.rest),
        ]
    }

    /// What the colours mean; once a page.
    static var legend: HTML {
        let parts = parts(nil).map { part in
            "<li class=\"\(part.style)\"><b>\(part.name)</b> \(part.meaning)</li>\n" as HTML
        }
        return """
            <ul class="legend" aria-label="Where worker time goes">
            \(parts)</ul>
            """
    }

    var html: HTML {
        let parts = Self.parts(time)
        let words = parts.map { "\($0.name) \($0.share.map(DecimalText.percent) ?? "unknown")" }
        return """
            <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" \
            aria-label="\(words.joined(separator: ", "))"><rect class="track" width="100" height="10"/>\
            \(rectangles(parts))</svg>
            <span class="words" aria-hidden="true">\(words.joined(separator: " · "))</span>
            """
    }

    private func rectangles(_ parts: [Part]) -> [HTML] {
        var start = 0.0
        return parts.compactMap { part in
            // Clocks of different grain may add up to a little more than the time.
            guard let share = part.share, share > 0, start < 1 else { return nil }
            let width = min(share, 1 - start)
            defer { start += width }
            let (x, length) = (DecimalText.fixed(start * 100, places: 1), DecimalText.fixed(width * 100, places: 1))
            return "<rect class=\"\(part.style)\" x=\"\(x)\" width=\"\(length)\" height=\"10\"/>"
        }
    }
}
