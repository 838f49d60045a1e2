#define _GNU_SOURCE
#include "places.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_DEPTH = 64, MAX_TASKS = 4096, STACK = 16 << 10 };

char program_file[PATH_MAX];

static struct { pid_t task; struct image *image; } tasks[MAX_TASKS];
/* The stopped thread whose stack is read. */
static struct { pid_t task; struct user_regs_struct registers; uint8_t stack[STACK]; size_t size; } stopped;

_Noreturn void fail(const char *what) {
    fprintf(stderr, "injector: %s: %s\n", what, strerror(errno));
    exit(125);
}

/* Processes and their images */

int read_proc_file(pid_t task, const char *name, char *text, size_t size) {
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
    read_proc_file(task, "status", text, sizeof text);
    char *line = strstr(text, "\nTgid:");
    return line == NULL ? task : (pid_t)atoi(line + 6);
}

void forget_image(struct image *image) {
    for (size_t i = 0; i < MAX_TASKS; i++) {
        if (tasks[i].image == image) { tasks[i].task = 0, tasks[i].image = NULL; }
    }
    if (image->dwfl != NULL) { dwfl_end(image->dwfl); }
    free(image);
}

struct image *known_image(pid_t task) {
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

struct image *image_of(pid_t task) {
    struct image *image = known_image(task);
    if (image != NULL) { return image; }
    pid_t process = process_of(task);
    image = known_image(process);
    if (image == NULL) {
        char link[64], path[PATH_MAX];
        snprintf(link, sizeof link, "/proc/%d/exe", process);
        ssize_t size = readlink(link, path, sizeof path - 1);
        path[size < 0 ? 0 : size] = 0;
        image = calloc(1, sizeof *image);
        if (image == NULL) { fail("memory"); }
        image->process = process;
        image->is_ours = strcmp(path, program_file) == 0;
        if (process != task) { remember(process, image); }
    }
    remember(task, image);
    return image;
}

void task_ended(pid_t task) {
    struct image *image = known_image(task);
    if (image == NULL) { return; }
    if (image->process == task) { forget_image(image); return; }
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

struct walk { struct place *place; int depth; };

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
    if (strcmp(name, program_file) == 0) {
        walk->place->frames[walk->place->count++] = address - start;
    } else if (walk->place->count == 0) {
        const char *symbol = dwfl_module_addrname(module, address);
        snprintf(walk->place->library, sizeof walk->place->library, "%s", symbol == NULL ? "?" : symbol);
    }
    return walk->place->count == MAX_FRAMES ? DWARF_CB_ABORT : DWARF_CB_OK;
}

struct place place_of(pid_t task, struct image *image, const struct user_regs_struct *registers) {
    stopped.registers = *registers;
    struct place place = {.call = (long)stopped.registers.orig_rax};
    stopped.task = task;
    struct iovec local = {stopped.stack, STACK}, remote = {(void *)stopped.registers.rsp, STACK};
    ssize_t size = process_vm_readv(task, &local, 1, &remote, 1, 0);
    stopped.size = size < 0 ? 0 : (size_t)size;
    if (image->dwfl == NULL || dwfl_addrmodule(image->dwfl, stopped.registers.rip) == NULL) { report_modules(image); }
    struct walk walk = {&place, 0};
    dwfl_getthread_frames(image->dwfl, task, frame, &walk);
    if (walk.depth <= 1 && place.count == 0 && stopped.size >= 8) {
        /* clone3 has no unwind information behind its call, and nothing on the stack but its return address. */
        memcpy(&stopped.registers.rip, stopped.stack, 8);
        stopped.registers.rsp += 8;
        memmove(stopped.stack, stopped.stack + 8, stopped.size -= 8);
        walk.depth = 0;
        dwfl_getthread_frames(image->dwfl, task, frame, &walk);
    }
    return place;
}

