#!/bin/sh
# make_venv.sh REQUIREMENTS
#
# Makes .venv where there is none, with a Python of 3.13 or newer, and installs the
# pinned REQUIREMENTS from wheels. A second run with the same requirements does
# nothing. What is missing is said in one sentence.
set -u
requirements=$1
venv=${VENV:-.venv}
python=$venv/bin/python
log=$venv/install.log

die() { echo "$1" >&2; exit 1; }
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

find_python() {
  newest=
  for candidate in ${PYTHON:-} python3.13 python3.14 python3 python \
                   "${HOME:-/nowhere}"/.pyenv/versions/3.1[3-9].*/bin/python3; do
    if new_enough "$candidate"; then found=$candidate; return; fi
    seen=$(version "$candidate") || continue
    newest=$(printf '%s\n%s\n' "$newest" "$seen" | sort -t. -k1,1n -k2,2n | tail -n 1)
  done
  die "This project needs Python 3.13 or newer; ${newest:+the newest found here is }${newest:-none was found here}."
}

make_venv() {
  find_python
  "$found" -c 'import ensurepip, venv' 2>/dev/null ||
    die "Python's venv module is missing for $found; on Debian, apt-get install python3-venv brings it."
  echo "Making $venv with Python $(version "$found")."
  problem=$("$found" -m venv --clear "$venv" 2>&1) ||
    die "The virtual environment $venv could not be made: $(echo "$problem" | tail -n 1)"
}

install() {
  echo "Installing $requirements (once)."
  "$python" -m pip install --quiet --only-binary :all: --disable-pip-version-check \
    --no-input --retries 2 -r "$requirements" >"$log" 2>&1 && return
  if grep -Eq 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Connection(Reset|Refused)Error|unreachable' "$log"; then
    die "The requirements could not be fetched: there is no network, or the package index does not answer."
  fi
  tail -n 5 "$log" >&2
  die "Installing $requirements failed; the lines above and $log say why."
}

stamp=$venv/.installed-$(basename "$requirements" .txt)-$(cat requirements.txt "$requirements" | cksum | cut -d' ' -f1)
[ -e "$stamp" ] && [ -x "$python" ] && exit 0
{ [ -x "$python" ] && new_enough "$python" && "$python" -c 'import pip' 2>/dev/null; } || make_venv
install
touch "$stamp"
