/* What Swift sees of libsystemd: sd-daemon(3), and nothing more. */
#include <systemd/sd-daemon.h>
