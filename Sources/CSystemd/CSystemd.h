/* What Swift sees of libsystemd: sd-daemon(3) and sd_journal_sendv(3), and nothing more. */
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
