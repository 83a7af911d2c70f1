#!/bin/sh
# For /usr/local/sbin/orgline, to be run by root: the command `orgline` as the service runs it, that is by its user, in its
# folder, with its settings. Files are seen from /var/lib/orgline.
set -eu
while IFS= read -r line || [ -n "$line" ]; do # as systemd reads the file, which is no script
    case $line in
        [A-Z]*=*)
            value=${line#*=}
            case $value in
                \"*\" | \'*\') value=${value#?} value=${value%?} ;;
            esac
            export "${line%%=*}=$value"
            ;;
    esac
done < /etc/orgline/orgline.env
cd /var/lib/orgline
export HOME=/var/lib/orgline
umask 027
exec runuser -u orgline -- /opt/orgline/bin/orgline "$@"
