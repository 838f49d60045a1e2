import Glibc
import Linux
import TestSupport
import Testing

@testable import Web

struct FileWatchTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `one caller at a time looks at the files, and not again before the pause is over`() throws {
        let folder = try TemporaryFolder()
        let paths = [folder.file("a"), folder.file("b")]
        var watch = FileWatch(paths, [nil, nil], now: 0)
        let begun = [1, 4, 100].map { watch.beginLook(now: $0 * Self.second) }
        #expect(begun == [nil, paths, nil], "too early, in time, while somebody still looks")
        let hasChanged = watch.endLook(paths.map(FileIdentity.init(path:)), now: 100 * Self.second)
        #expect(!hasChanged)
        let again = watch.beginLook(now: 101 * Self.second)
        #expect(again == nil, "too early")

        close(unsafe open(paths[1], O_CREAT | O_WRONLY, 0o600))
        for isNews in [true, false] {
            let looked = watch.beginLook(now: 200 * Self.second)
            #expect(looked == paths)
            let hasChanged = watch.endLook(paths.map(FileIdentity.init(path:)), now: 0)
            #expect(hasChanged == isNews)
        }
    }

    @Test func `files that were changing at a look are news at the next one`() throws {
        let folder = try TemporaryFolder()
        let paths = [folder.file("a")]
        var watch = FileWatch(paths, [nil], now: 0)
        try folder.write("half", to: "a")
        for seen in [nil, paths.map(FileIdentity.init(path:))] {
            let looked = watch.beginLook(now: 200 * Self.second)
            #expect(looked == paths)
            let hasChanged = watch.endLook(seen, now: 0)
            #expect(hasChanged == (seen != nil))
        }
    }

    @Test func `a file that was replaced after it was read is news`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "a")
        let read = FileIdentity(path: path)
        try folder.write("newer", to: "a")
        #expect(FileWatch([path], [read], now: 0).isNews([FileIdentity(path: path)]))
    }

    @Test func `a watch without files never asks for a look`() {
        var watch = FileWatch([], [], now: 0)
        let paths = watch.beginLook(now: 100 * Self.second)
        #expect(paths == nil)
    }
}
