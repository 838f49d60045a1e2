echo "before the end" >&2
kill -s SEGV $$
