/* The processes of a traced program, and the places in which they make system calls. */
#ifndef PLACES_H
#define PLACES_H

#include <elfutils/libdwfl.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

enum { MAX_FRAMES = 12 };

/* A system call, and the return addresses inside the program's own file, the innermost first, as offsets into it. */
struct place {
    long call;
    int count;
    Dwarf_Addr frames[MAX_FRAMES];
    /* The function of a shared library that the program called, if any. */
    char library[64];
};

/* What a process runs. Its threads share it. */
struct image {
    pid_t process;
    int is_ours;
    Dwfl *dwfl;
};

/* The file whose addresses count: a path without links. */
extern char program_file[];

/* The image of a task's process. It lasts until `forget_image` or `task_ended`. */
struct image *image_of(pid_t task);
/* NULL if the task has not been asked for. */
struct image *known_image(pid_t task);
void forget_image(struct image *image);
void task_ended(pid_t task);

/* The place of a stopped task. */
struct place place_of(pid_t task, struct image *image, const struct user_regs_struct *registers);

/* A file of /proc/TASK as a string. Returns its size. */
int read_proc_file(pid_t task, const char *name, char *text, size_t size);

_Noreturn void fail(const char *what);

#endif
