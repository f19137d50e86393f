#!/bin/sh
# serve.sh
#
# Site and worker together; when one of them ends, or on Ctrl-C, both do.
set -u
: "${PY:=.venv/bin/python}" "${PORT:=8000}"
export DEMO=1 DJANGO_RUNSERVER_HIDE_WARNING=true

"$PY" manage.py work --parent $$ & worker=$!
"$PY" manage.py runserver "127.0.0.1:$PORT" & site=$!

finish() {
  trap - INT TERM HUP EXIT
  kill -TERM "$site" "$worker" 2>/dev/null
  wait "$site" "$worker" 2>/dev/null
}
trap 'finish; exit 0' INT TERM HUP
trap finish EXIT
wait "$site"
