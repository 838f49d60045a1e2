/*
 * Lists the places in which a program makes system calls, or lets a call fail once in one of them.
 *
 *     injector REPORT CALL,CALL… PROGRAM…              lists the places of these calls
 *     injector REPORT PLACE=EFFECT+PLACE=EFFECT… PROGRAM…
 *
 * A place is the number of a system call and the innermost return addresses inside the program's own file, as offsets
 * into it: NUMBER:OFFSET,OFFSET… in hexadecimal, or NUMBER:- for a call of a process that has no such addresses on its
 * stack. An EFFECT is the result that the call has without being made (-5 is EIO, 0 the end of a file), "short" for
 * a read of one byte or half of a write, or "after-5" for a call that is made, and fails then.
 *
 * A seccomp filter stops the calls of interest, and only them: PTRACE_EVENT_SECCOMP of ptrace(2). All children are
 * followed, because a filter without its tracer refuses the calls. Programs other than PROGRAM are continued without a
 * look. libdw finds the return addresses, because the C library keeps no frame pointers.
 */
#define _GNU_SOURCE
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef __x86_64__
#error "The registers are those of x86-64."
#endif

enum { MAX_FRAMES = 12, MAX_DEPTH = 64, MAX_TASKS = 4096, MAX_PLACES = 1 << 16, STACK = 16 << 10, MAX_CALLS = 400,
       MAX_FAILURES = 8 };

struct place {
    long call;
    int count;
    Dwarf_Addr frames[MAX_FRAMES];
    /* The function of a shared library that the program called, if any. */
    char library[64];
};

/* A call that has to fail. */
struct failure {
    struct place place;
    const char *effect;
    int is_done;
    /* The thread whose call fails after it was made. */
    pid_t returning;
};

/* What a process runs. Threads and tasks of the same process share it. */
struct image {
    pid_t process;
    int is_ours;
    Dwfl *dwfl;
};

static struct {
    FILE *report;
    int status;
    char program[PATH_MAX];
    struct failure failures[MAX_FAILURES];
    int failure_count, done_count;
    pid_t leader;
} state;

static struct { pid_t task; struct image *image; } tasks[MAX_TASKS];
static struct { uint64_t hash; unsigned count; } places[MAX_PLACES];
/* The stopped thread that is looked at. */
static struct { pid_t task; struct user_regs_struct registers; uint8_t stack[STACK]; size_t size; } stopped;

static void fail(const char *what) {
    fprintf(stderr, "injector: %s: %s\n", what, strerror(errno));
    exit(125);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Processes and their images */

static int read_file(pid_t task, const char *name, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", task, name);
    FILE *file = fopen(path, "re");
    if (file == NULL) { return 0; }
    size_t count = fread(text, 1, size - 1, file);
    text[count] = 0;
    fclose(file);
    return (int)count;
}

static pid_t process_of(pid_t task) {
    char text[2048];
    read_file(task, "status", text, sizeof text);
    char *line = strstr(text, "\nTgid:");
    return line == NULL ? task : (pid_t)atoi(line + 6);
}

static void forget(struct image *image) {
    for (size_t i = 0; i < MAX_TASKS; i++) {
        if (tasks[i].image == image) { tasks[i].task = 0, tasks[i].image = NULL; }
    }
    if (image->dwfl != NULL) { dwfl_end(image->dwfl); }
    free(image);
}

static struct image *known(pid_t task) {
    for (size_t i = 0; i < MAX_TASKS; i++) {
        if (tasks[i].task == task) { return tasks[i].image; }
    }
    return NULL;
}

static void remember(pid_t task, struct image *image) {
    for (size_t i = 0; i < MAX_TASKS; i++) {
        if (tasks[i].task == 0) { tasks[i].task = task, tasks[i].image = image; return; }
    }
    errno = ENOMEM;
    fail("too many tasks");
}

static struct image *image_of(pid_t task) {
    struct image *image = known(task);
    if (image != NULL) { return image; }
    pid_t process = process_of(task);
    image = known(process);
    if (image == NULL) {
        char link[64], path[PATH_MAX];
        snprintf(link, sizeof link, "/proc/%d/exe", process);
        ssize_t size = readlink(link, path, sizeof path - 1);
        path[size < 0 ? 0 : size] = 0;
        image = calloc(1, sizeof *image);
        if (image == NULL) { fail("memory"); }
        image->process = process;
        image->is_ours = strcmp(path, state.program) == 0;
        if (process != task) { remember(process, image); }
    }
    remember(task, image);
    return image;
}

static void ended(pid_t task) {
    struct image *image = known(task);
    if (image == NULL) { return; }
    if (image->process == task) { forget(image); return; }
    for (size_t i = 0; i < MAX_TASKS; i++) {
        if (tasks[i].task == task) { tasks[i].task = 0, tasks[i].image = NULL; }
    }
}

/* Return addresses */

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *argument) {
    (void)dwfl, (void)argument;
    Dwarf_Addr offset = address - stopped.registers.rsp;
    if (address >= stopped.registers.rsp && offset + sizeof *result <= stopped.size) {
        memcpy(result, stopped.stack + offset, sizeof *result);
        return true;
    }
    struct iovec local = {result, sizeof *result}, remote = {(void *)address, sizeof *result};
    return process_vm_readv(stopped.task, &local, 1, &remote, 1, 0) == (ssize_t)sizeof *result;
}

static bool set_registers(Dwfl_Thread *thread, void *argument) {
    (void)argument;
    const struct user_regs_struct *it = &stopped.registers;
    /* The order of the System V ABI for AMD64, figure 3.36. */
    Dwarf_Word values[] = {it->rax, it->rdx, it->rcx, it->rbx, it->rsi, it->rdi, it->rbp, it->rsp, it->r8,
                           it->r9,  it->r10, it->r11, it->r12, it->r13, it->r14, it->r15, it->rip};
    return dwfl_thread_state_registers(thread, 0, sizeof values / sizeof values[0], values);
}

static pid_t next_thread(Dwfl *dwfl, void *argument, void **thread) {
    (void)dwfl, (void)argument;
    if (*thread != NULL) { return 0; }
    *thread = &stopped;
    return stopped.task;
}

static bool get_thread(Dwfl *dwfl, pid_t task, void *argument, void **thread) {
    (void)dwfl, (void)task, (void)argument;
    *thread = &stopped;
    return true;
}

static int no_debug_file(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
                         const char *link, GElf_Word checksum, char **result) {
    (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)checksum, (void)result;
    return -1;
}

static const Dwfl_Callbacks files = {.find_elf = dwfl_linux_proc_find_elf, .find_debuginfo = no_debug_file};
static const Dwfl_Thread_Callbacks threads = {
    .next_thread = next_thread, .get_thread = get_thread, .memory_read = read_memory,
    .set_initial_registers = set_registers,
};

/* Libraries may have been loaded since. */
static void report_modules(struct image *image) {
    if (image->dwfl != NULL) { dwfl_end(image->dwfl); }
    image->dwfl = dwfl_begin(&files);
    if (image->dwfl == NULL) { fail("dwfl_begin"); }
    dwfl_report_begin(image->dwfl);
    dwfl_linux_proc_report(image->dwfl, image->process);
    dwfl_report_end(image->dwfl, NULL, NULL);
    dwfl_attach_state(image->dwfl, NULL, image->process, &threads, NULL);
}

struct walk { struct place *place; int depth, limit; };

static int frame(Dwfl_Frame *it, void *argument) {
    struct walk *walk = argument;
    Dwarf_Addr address;
    bool is_exact;
    if (++walk->depth > MAX_DEPTH || !dwfl_frame_pc(it, &address, &is_exact)) { return DWARF_CB_ABORT; }
    if (!is_exact) { address--; }
    Dwfl_Module *module = dwfl_addrmodule(dwfl_thread_dwfl(dwfl_frame_thread(it)), address);
    if (module == NULL) { return DWARF_CB_ABORT; }
    Dwarf_Addr start;
    const char *name = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
    if (strcmp(name, state.program) == 0) {
        walk->place->frames[walk->place->count++] = address - start;
    } else if (walk->place->count == 0) {
        const char *symbol = dwfl_module_addrname(module, address);
        snprintf(walk->place->library, sizeof walk->place->library, "%s", symbol == NULL ? "?" : symbol);
    }
    return walk->place->count == walk->limit ? DWARF_CB_ABORT : DWARF_CB_OK;
}

static struct place place_of(pid_t task, struct image *image, int limit) {
    struct place place = {.call = (long)stopped.registers.orig_rax};
    stopped.task = task;
    struct iovec local = {stopped.stack, STACK}, remote = {(void *)stopped.registers.rsp, STACK};
    ssize_t size = process_vm_readv(task, &local, 1, &remote, 1, 0);
    stopped.size = size < 0 ? 0 : (size_t)size;
    if (image->dwfl == NULL || dwfl_addrmodule(image->dwfl, stopped.registers.rip) == NULL) { report_modules(image); }
    struct user_regs_struct registers = stopped.registers;
    struct walk walk = {&place, 0, limit};
    dwfl_getthread_frames(image->dwfl, task, frame, &walk);
    if (walk.depth <= 1 && place.count == 0 && stopped.size >= 8) {
        /* clone3 has no unwind information behind its call, and nothing on the stack but its return address. */
        memcpy(&stopped.registers.rip, stopped.stack, 8);
        stopped.registers.rsp += 8;
        memmove(stopped.stack, stopped.stack + 8, stopped.size -= 8);
        walk.depth = 0;
        dwfl_getthread_frames(image->dwfl, task, frame, &walk);
    }
    stopped.registers = registers;
    return place;
}

/* Places */

static unsigned *counter(const struct place *place) {
    uint64_t hash = 1469598103934665603u ^ (uint64_t)place->call;
    for (int i = 0; i < place->count; i++) { hash = (hash ^ place->frames[i]) * 1099511628211u; }
    for (uint64_t i = hash % MAX_PLACES;; i = (i + 1) % MAX_PLACES) {
        if (places[i].count == 0) { places[i].hash = hash; }
        if (places[i].hash == hash) { return &places[i].count; }
    }
}

/* What the call is about: a path, an open file, or the operation of futex(2). */
static void object(pid_t task, char *text, size_t size) {
    const struct user_regs_struct *it = &stopped.registers;
    char link[64];
    text[0] = 0;
    unsigned long long path = 0;
    switch (it->orig_rax) {
    case SYS_openat: case SYS_newfstatat: case SYS_readlinkat: case SYS_unlinkat: path = it->rsi; break;
    case SYS_readlink: case SYS_access: case SYS_unlink: case SYS_execve: case SYS_statfs: case SYS_memfd_create:
        path = it->rdi;
        break;
    case SYS_futex: snprintf(text, size, "%llu", it->rsi & 0x7f); return;
    case SYS_fcntl: case SYS_prctl: case SYS_epoll_ctl: case SYS_ioctl: case SYS_prlimit64: {
        snprintf(text, size, "%llu", it->orig_rax == SYS_prctl ? it->rdi : it->rsi);
        return;
    }
    default: break;
    }
    struct iovec local = {text, size - 1}, remote = {(void *)path, size - 1};
    if (path != 0 && process_vm_readv(task, &local, 1, &remote, 1, 0) > 0 && text[0] != 0) {
        text[size - 1] = 0;
        text[strcspn(text, "\n\t")] = 0;
        return;
    }
    snprintf(link, sizeof link, "/proc/%d/fd/%d", task, (int)it->rdi);
    ssize_t length = readlink(link, text, size - 1);
    text[length < 0 ? 0 : length] = 0;
}

static void describe(const char *what, pid_t task, const struct image *image, const struct place *place) {
    char role[4096] = "", thread[64] = "";
    int size = read_file(image->process, "cmdline", role, sizeof role);
    const char *command = (int)strlen(role) + 1 < size ? role + strlen(role) + 1 : "";
    read_file(task, "comm", thread, sizeof thread);
    thread[strcspn(thread, "\n")] = 0;
    char about[256];
    object(task, about, sizeof about);
    fprintf(state.report, "%s\t%.3f\t%s\t%s\t%s\t%s\t%ld:", what, now(), command, thread, place->library, about,
            place->call);
    for (int i = 0; i < place->count; i++) { fprintf(state.report, i == 0 ? "%lx" : ",%lx", place->frames[i]); }
    fprintf(state.report, place->count == 0 ? "-\n" : "\n");
}

static void list(pid_t task, struct image *image) {
    struct place place = place_of(task, image, MAX_FRAMES);
    if ((*counter(&place))++ == 0) { describe("place", task, image, &place); }
}

static int is_at(const struct place *place, const struct place *wanted) {
    if (place->call != wanted->call || place->count < wanted->count) { return 0; }
    if (wanted->count == 0) { return place->count == 0; }
    return memcmp(place->frames, wanted->frames, sizeof place->frames[0] * (size_t)wanted->count) == 0;
}

/* Returns: how to continue. */
static enum __ptrace_request inject(pid_t task, struct image *image) {
    struct failure *failure = state.failures, *end = failure + state.failure_count;
    struct place place = {.call = -1};
    for (; failure < end; failure++) {
        if (failure->is_done || failure->place.call != (long)stopped.registers.orig_rax) { continue; }
        if (place.call < 0) { place = place_of(task, image, MAX_FRAMES); }
        if (is_at(&place, &failure->place)) { break; }
    }
    if (failure == end) { return PTRACE_CONT; }
    failure->is_done = 1;
    state.done_count++;
    describe("injected", task, image, &failure->place);
    if (strncmp(failure->effect, "after", 5) == 0) { failure->returning = task; return PTRACE_SYSCALL; }
    if (strncmp(failure->effect, "short", 5) == 0) {
        int is_write = stopped.registers.orig_rax == SYS_write || stopped.registers.orig_rax == SYS_pwrite64;
        stopped.registers.rdx = is_write ? (stopped.registers.rdx + 1) / 2 : 1;
    } else {
        /* No call has this number: seccomp(2), SECCOMP_RET_TRACE. */
        stopped.registers.orig_rax = (unsigned long long)-1;
        stopped.registers.rax = (unsigned long long)atoll(failure->effect);
    }
    if (ptrace(PTRACE_SETREGS, task, NULL, &stopped.registers) != 0) { fail("PTRACE_SETREGS"); }
    return PTRACE_CONT;
}

static void returns(pid_t task) {
    for (struct failure *failure = state.failures; failure < state.failures + state.failure_count; failure++) {
        struct user_regs_struct registers;
        if (failure->returning != task) { continue; }
        failure->returning = 0;
        if (ptrace(PTRACE_GETREGS, task, NULL, &registers) != 0) { return; }
        registers.rax = (unsigned long long)atoll(failure->effect + 5);
        ptrace(PTRACE_SETREGS, task, NULL, &registers);
    }
}

static enum __ptrace_request call(pid_t task) {
    if (state.failure_count > 0 && state.done_count == state.failure_count) { return PTRACE_CONT; }
    struct image *image = image_of(task);
    if (!image->is_ours || ptrace(PTRACE_GETREGS, task, NULL, &stopped.registers) != 0) { return PTRACE_CONT; }
    if (state.failure_count > 0) { return inject(task, image); }
    list(task, image);
    return PTRACE_CONT;
}

/* The tracer */

static void stop(pid_t task, int status) {
    enum __ptrace_request next = PTRACE_CONT;
    int event = status >> 16, signal = WSTOPSIG(status), delivered = 0;
    switch (event) {
    case PTRACE_EVENT_SECCOMP: next = call(task); break;
    case PTRACE_EVENT_EXEC: {
        struct image *image = known(task);
        if (image != NULL) { forget(image); }
        break;
    }
    case PTRACE_EVENT_STOP:
        /* A stop of its process group: it stays stopped. Otherwise a new thread. */
        if (signal != SIGTRAP) { next = PTRACE_LISTEN; }
        break;
    case 0:
        if (signal != (SIGTRAP | 0x80)) { delivered = signal; }
        else { returns(task); }
        break;
    default: break;
    }
    ptrace(next, task, NULL, delivered);
}

static void trace(void) {
    int status;
    pid_t task;
    while ((task = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (WIFSTOPPED(status)) { stop(task, status); continue; }
        ended(task);
        if (task != state.leader) { continue; }
        state.status = status;
        fprintf(state.report, "ended\t%.3f\t%d\n", now(), WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
    }
    fprintf(state.report, "alone\t%.3f\n", now());
}

static void filter(const long *calls, size_t count) {
    struct sock_filter code[2 + 2 * MAX_CALLS];
    size_t size = 0;
    code[size++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        code[size++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        code[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    code[size++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {(unsigned short)size, code};
    /* Only root may do without: seccomp(2). */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0) { return; }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
        fail("seccomp");
    }
}

static void start(const long *calls, size_t count, char **program) {
    int gate[2];
    if (pipe(gate) != 0) { fail("pipe"); }
    state.leader = fork();
    if (state.leader < 0) { fail("fork"); }
    if (state.leader == 0) {
        char byte;
        close(gate[1]);
        if (read(gate[0], &byte, 1) != 1) { _exit(125); }
        close(gate[0]);
        /* The same addresses in every run. */
        personality(ADDR_NO_RANDOMIZE);
        filter(calls, count);
        execv(program[0], program);
        fail(program[0]);
    }
    long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK
                   | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD;
    if (ptrace(PTRACE_SEIZE, state.leader, NULL, options) != 0) { fail("PTRACE_SEIZE"); }
    if (write(gate[1], "", 1) != 1) { fail("write"); }
    close(gate[0]), close(gate[1]);
    fprintf(state.report, "started\t%.3f\t%d\n", now(), state.leader);
}

/* PLACE=EFFECT; returns what follows. */
static char *parse_failure(char *text, struct failure *failure) {
    failure->place.call = strtol(text, &text, 10);
    text++;
    while (*text != '-' && failure->place.count < MAX_FRAMES) {
        failure->place.frames[failure->place.count++] = strtoul(text, &text, 16);
        if (*text != ',') { break; }
        text++;
    }
    text += strcspn(text, "=");
    if (*text == 0) { fprintf(stderr, "injector: a place without an effect\n"); exit(64); }
    failure->effect = text + 1;
    return text + strcspn(text, "+");
}

int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "usage: injector REPORT CALLS|FAILURES PROGRAM…\n"); return 64; }
    state.report = fopen(argv[1], "we");
    if (state.report == NULL) { fail(argv[1]); }
    setvbuf(state.report, NULL, _IOLBF, 0);
    if (realpath(argv[3], state.program) == NULL) { fail(argv[3]); }
    long calls[MAX_CALLS];
    size_t count = 0;
    char *rest = argv[2];
    if (strchr(rest, ':') == NULL) {
        while (*rest != 0 && count < MAX_CALLS) {
            calls[count++] = strtol(rest, &rest, 10);
            if (*rest == ',') { rest++; }
        }
    } else {
        while (*rest != 0 && state.failure_count < MAX_FAILURES) {
            struct failure *failure = &state.failures[state.failure_count++];
            rest = parse_failure(rest, failure);
            if (*rest == '+') { rest++; }
            calls[count++] = failure->place.call;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    start(calls, count, argv + 3);
    trace();
    if (WIFSIGNALED(state.status)) {
        /* Ends as the program did. */
        prctl(PR_SET_DUMPABLE, 0);
        signal(WTERMSIG(state.status), SIG_DFL);
        raise(WTERMSIG(state.status));
    }
    return WEXITSTATUS(state.status);
}
