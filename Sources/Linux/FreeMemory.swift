import CLinux

/// Memory that the allocator keeps for later use.
package enum FreeMemory {
    /// Gives whole pages of it back to the system: malloc_trim(3). Takes a few milliseconds after heavy use.
    package static func giveBack() { clinux_malloc_trim() }
}
