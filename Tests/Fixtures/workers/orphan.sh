# Ends well, and leaves behind a process that ignores SIGTERM and keeps the output and the life line open.
exec 3>"$1"
trap '' TERM
sleep 1000 &
echo done
