# As hang.sh, but what hangs is a child, which holds the life line as well.
exec 3>"$1"
echo alive >&3
sleep 1000
