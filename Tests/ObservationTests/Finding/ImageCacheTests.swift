import Glibc
import TestSupport
import Testing

@testable import Observation

struct ImageCacheTests {
    @Test func `a file that cannot be opened for lack of descriptors is read later`() async {
        await #expect(processExitsWith: .success) {
            let image = try #require(ImageLocator(proc: "/proc").program(of: getpid()))
            let images = ImageCache<ImageFailure?>()
            DescriptorShortage.begin()
            let during = images.content(of: image, read: { _ in nil }, failed: { $0 })
            DescriptorShortage.end()
            #expect(during == .postponed)
            #expect(images.content(of: image, read: { _ in nil }, failed: { $0 }) == nil)
        }
    }
}
