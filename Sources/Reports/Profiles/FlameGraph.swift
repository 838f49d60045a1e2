package import Observation

/// A profile as one HTML file: a box for each call, as wide as its cost, below its caller. It loads nothing, and opens
/// anywhere.
package struct FlameGraph: Sendable {
    private let document: HTMLDocument

    /// A call that is wide enough to be seen.
    private struct Box {
        let node: Int
        let depth: Int
        /// In parts of the whole.
        let start: Double
        let width: Double
        let cost: UInt64
    }

    /// Narrower boxes are left out: a tenth of a pixel on a wide screen.
    private static let minWidth = 0.0005

    /// - Parameters:
    ///   - title: what the profile is of.
    ///   - summary: a sentence about it.
    ///   - costName: what the widths are, such as "wait caused".
    ///   - cost: nanoseconds.
    package init(
        _ profile: StackProfile,
        title: String,
        summary: String,
        costName: String,
        of cost: (LockCost) -> UInt64
    ) {
        let boxes = Self.boxes(profile, cost)
        let whole = boxes.first?.cost ?? 0
        let depth = (boxes.map(\.depth).max() ?? 0) + 1
        let drawn = boxes.map { Self.html($0, profile, whole: whole, costName: costName) }
        let body: HTML = """
            <h1>\(title)</h1>
            <p>\(summary)</p>
            <p><label>Find <input id="find" type="search" autocomplete="off"></label> <button id="all" type="button">\
            Show all</button> <span id="found" role="status"></span></p>
            <div id="graph" data-depth="\(depth)" role="tree" aria-label="\(title)">
            \(drawn)</div>
            <p><small>Each box is a function, below its caller and as wide as its \(costName). Click a box to enlarge it.\
            </small></p>
            """
        document = HTMLDocument(title: title, style: Self.style, script: Self.script, body: body)
    }

    /// - Parameter nonce: marks the page's style and script as its own, for the Content-Security-Policy of a server.
    package func source(nonce: String) -> String { document.source(nonce: nonce) }

    private static let style = String(decoding: PackageResources.flamegraph_css, as: UTF8.self)
    private static let script = String(decoding: PackageResources.flamegraph_js, as: UTF8.self)

    private static func boxes(_ profile: StackProfile, _ cost: (LockCost) -> UInt64) -> [Box] {
        var sums = profile.nodes.map { cost($0.cost) }
        var children = [[Int]](repeating: [], count: profile.nodes.count)
        for index in profile.nodes.indices.dropFirst().reversed() {
            let parent = Int(profile.nodes[index].parent)
            sums[parent] &+= sums[index]
            children[parent].append(index)
        }
        guard sums[0] > 0 else { return [] }
        let whole = Double(sums[0])
        var boxes = [Box(node: 0, depth: 0, start: 0, width: 1, cost: sums[0])]
        var next = 0
        while next < boxes.count {
            let box = boxes[next]
            next += 1
            var start = box.start
            // By name, so that two graphs of one program look alike.
            let ordered = children[box.node].map { ($0, profile.function(of: profile.nodes[$0])?.name ?? "") }
                .sorted { $0.1 != $1.1 ? $0.1 < $1.1 : $0.0 < $1.0 }
            for (child, _) in ordered {
                let width = Double(sums[child]) / whole
                if width >= minWidth {
                    boxes.append(Box(node: child, depth: box.depth + 1, start: start, width: width, cost: sums[child]))
                }
                start += width
            }
        }
        return boxes
    }

    private static func html(_ box: Box, _ profile: StackProfile, whole: UInt64, costName: String) -> HTML {
        let function = profile.function(of: profile.nodes[box.node])
        let name = function?.name ?? "all"
        let place = function.map { $0.line > 0 ? " (\($0.file):\($0.line))" : "" } ?? ""
        let share = NumberText.decimal(100 * Double(box.cost) / Double(max(1, whole)), places: 1)
        let words = "\(name)\(place): \(costName) \(ProfileTable.seconds(box.cost)), \(share) %"
        return """
            <div class="box tone\(tone(function?.file ?? ""))" role="treeitem" aria-level="\(box.depth + 1)" tabindex="0" \
            data-depth="\(box.depth)" data-start="\(NumberText.decimal(box.start, places: 6))" \
            data-width="\(NumberText.decimal(box.width, places: 6))" title="\(words)">\(name)</div>

            """
    }

    /// Functions of one file look alike: FNV-1a.
    private static func tone(_ file: String) -> Int {
        let hash = file.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return Int(hash % 6)
    }
}
