/*
 * Makes capabilities effective that the binary has as a file capability: `setcap cap_sys_ptrace=p`. With
 * the effective bit (`=ep`) in the file, execve(2) fails with EPERM wherever these capabilities are not granted:
 * capabilities(7), "Safety checking for capability-dumb binaries".
 *
 * A capability belongs to a thread, and new threads inherit it, so this runs before the first one starts.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int observation[] = {CAP_SYS_PTRACE, CAP_SYS_NICE, CAP_DAC_READ_SEARCH};

__attribute__((constructor)) static void raise_file_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, sets) != 0) { return; }
    uint32_t missing = 0;
    for (unsigned i = 0; i < sizeof observation / sizeof *observation; i++) {
        missing |= CAP_TO_MASK(observation[i]) & sets[0].permitted & ~sets[0].effective;
    }
    if (missing == 0) { return; }
    sets[0].effective |= missing;
    /* A refusal leaves the observer without them, which it reports. */
    (void)syscall(SYS_capset, &header, sets);
}
