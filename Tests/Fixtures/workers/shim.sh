# Is whatever the file that is its argument says, as a shim picks an interpreter; "next" is another one each time.
version=$(cat "$1")
if [ "$version" = next ]; then version=$(date +%s%N); fi
description='{"protocol":1,"implementation":"fake","version":"'$version'","free_threaded":false,"path":"/bin/sh",'
description=$description'"iterations":10,"supported":["single"],"unsupported":{}}'
[ "$2" = silent ] && said= || said=',"runtime":'$description
case "$3$2" in
*describe*) echo "$description" ;;
*)
    printf '%s' '{"protocol":1,"probe":"single","setup_ns":1,"duration_ns":1000,"workers":[{"iterations":10,'
    echo '"wall_ns":1000,"user_ns":900,"system_ns":0}]'"$said}"
    ;;
esac
