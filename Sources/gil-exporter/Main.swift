import Commands

@main
enum Main {
    @MainActor
    static func main() async {
        await GILExporter.start()
    }
}
