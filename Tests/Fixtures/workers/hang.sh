# One process that lives until it is killed. It says so to the life line that is its argument.
echo "I hang" >&2
exec 3>"$1"
echo alive >&3
exec sleep 1000
