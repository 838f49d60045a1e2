/* PCRE2 for texts in UTF-8: pcre2api(3). Its functions have names that end in the width of a character. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
