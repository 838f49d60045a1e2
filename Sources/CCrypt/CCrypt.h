/* What Swift sees of libcrypt: crypt(3), and nothing more. */
#include <crypt.h>
