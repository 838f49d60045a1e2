#include "CBuildInfo.h"

const char *const gil_exporter_revision = GIL_EXPORTER_REVISION;
