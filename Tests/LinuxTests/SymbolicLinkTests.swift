import Glibc
import Linux
import TestSupport
import Testing

struct SymbolicLinkTests {
    @Test func `a link says its target as it was written, whether that exists or not`() throws {
        let directory = try TemporaryFolder()
        let link = "\(directory.path)/link"
        let status = unsafe symlink("no/such/file-é", link)
        #expect(status == 0)
        #expect(try SymbolicLink.target(of: link) == "no/such/file-é")
    }

    @Test func `what is no link is an error that names it`() throws {
        let directory = try TemporaryFolder()
        let path = directory.path
        let error = try #require(throws: SystemError.self) { try SymbolicLink.target(of: path) }
        #expect(error == SystemError("read link \(path)", code: EINVAL))
    }
}
