printf 'Traceback:\n  what went wrong\n\n' >&2
exit 3
