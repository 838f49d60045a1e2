# Leaves behind a process in a session of its own, with no parent, that holds the life line open.
exec 3>"$1"
setsid sh -c 'trap "" TERM HUP; sleep 1000 & exec sleep 1000' &
echo alive >&3
[ "$2" = hang ] && exec sleep 1000
echo done
