/* zlib, for the gzip format of RFC 1952. */
#include <zlib.h>
