#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages a make target needs and this machine lacks.
#   tools/system_packages.sh environment    what `make setup` needs: venv and pip for Python
#   tools/system_packages.sh services       what the services of the tests need: Java, Maven, databases
# Does nothing, and asks nobody, when everything is there already.
set -euo pipefail

PYTHON=${PYTHON:-python3}
missing=()

need() { # need PACKAGE COMMAND...: PACKAGE is missing when COMMAND fails
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

java_is_recent() { # Kafka 4 runs on Java 17 and later
  [ "$(java -version 2>&1 | sed -nE '1s/.*version "([0-9]+).*/\1/p')" -ge 17 ]
}

has_program_of_postgresql() { # which Debian keeps apart by version, and off PATH
  compgen -G "/usr/lib/postgresql/*/bin/$1" || command -v "$1"
}

case "${1:-}" in
  environment)
    if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "Barnabas needs Python 3.11 or later; '$PYTHON' is not. Name another: make PYTHON=python3.12 …" >&2
      exit 1
    fi
    need python3-venv "$PYTHON" -c 'import ensurepip, venv'
    ;;
  services)
    need default-jre-headless java_is_recent
    need maven mvn -v
    need util-linux setpriv --version
    need postgresql has_program_of_postgresql initdb
    # The programs alone: the tests start their own, so no service of the system is needed.
    need mariadb-server-core env PATH="$PATH:/usr/sbin" mariadbd --version
    need mariadb-client-core command -v my_print_defaults # mariadb-install-db calls it
    ;;
  *)
    sed -n '3,6s/^# *//p' "$0" >&2
    exit 2
    ;;
esac

[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "Please install what these Debian packages hold, then try again: ${missing[*]}" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Please install as root, then try again: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
  [ -t 0 ] || as_root+=(-n) # nobody there to type a password
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}" >/dev/null
