#!/bin/sh
# with_postgresql.sh COMMAND...
#
# Runs COMMAND with DATABASE_URL set to a PostgreSQL of its own, which listens on a socket
# in a new folder only and is gone afterwards. PostgreSQL refuses root, so root becomes the
# user postgres for the server.
set -eu
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$programs" ] || { echo "There is no PostgreSQL on this machine (apt-get install postgresql)." >&2; exit 1; }
folder=$(mktemp -d)
as=
if [ "$(id -u)" = 0 ]; then
  as="runuser -u postgres --"
  chown postgres "$folder"
fi
stop() { $as "$programs/pg_ctl" -D "$folder/data" -m immediate -s stop || true; rm -rf "$folder"; }
trap stop EXIT
trap 'exit 130' INT TERM
cd "$folder" && $as "$programs/initdb" -D data -A trust -U tests -E UTF8 --no-sync >/dev/null
$as "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -s -w \
  -o "-c listen_addresses='' -c unix_socket_directories=$folder -c fsync=off" start
cd "$OLDPWD"
DATABASE_URL="postgres://tests@/$folder/postgres" "$@"
