#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes requirements/pins.txt: what a fresh environment gets today for pyproject.toml (all extras
# but those apart) and requirements/dev.txt. Names and versions only, so that any index can serve them.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" - >"$scratch/own.txt" <<'END'
import tomllib

settings = tomllib.load(open("pyproject.toml", "rb"))
project, apart = settings["project"], settings["tool"]["barnabas"]["extras-apart"]
extras = project["optional-dependencies"]
print(*project["dependencies"], sep="\n")
print(*(line for name in extras if name not in ("all", *apart) for line in extras[name]), sep="\n")
END
"$scratch/venv/bin/pip" install --quiet --requirement requirements/dev.txt --requirement "$scratch/own.txt"
{
  echo "# Made by \`make pins\`; edit requirements/dev.txt or pyproject.toml instead."
  "$scratch/venv/bin/pip" freeze --all --exclude pip | LC_ALL=C sort --ignore-case
} >"$scratch/pins.txt"
if grep -Evq '^(#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+)$' "$scratch/pins.txt"; then
  echo "These lines are no name==version:" >&2
  grep -Ev '^(#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+)$' "$scratch/pins.txt" >&2
  exit 1
fi
mv "$scratch/pins.txt" requirements/pins.txt
