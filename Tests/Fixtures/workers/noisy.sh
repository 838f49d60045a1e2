# Prints before and behind the document, which it writes to the report descriptor, and which is its argument.
echo "activated"
echo "$1" >&3
echo "bye"
