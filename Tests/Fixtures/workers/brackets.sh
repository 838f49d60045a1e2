# A document that is deeper than any decoder can descend.
head -c 1000000 /dev/zero | tr '\0' '['
