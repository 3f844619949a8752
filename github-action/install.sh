#!/usr/bin/env bash
# Finds a Python that is new enough, and has it make the environment that the action runs in.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
candidates=(python3 python python3.14 python3.13 python3.12 python3.11)
if [[ -n ${RUNNER_TOOL_CACHE:-} ]]; then
  cache=${RUNNER_TOOL_CACHE//\\//}
  candidates+=("$cache"/Python/3.1[1-9].*/*/bin/python3 "$cache"/Python/3.1[1-9].*/*/python.exe)
fi

for python in "${candidates[@]}"; do
  # On Windows, python3 may be a stub that opens a shop.
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    exec "$python" -I "$here/install.py"
  fi
done
echo "::error title=There is no Python::hathora-deploy needs Python 3.11 or later on the runner: put actions/setup-python before it"
exit 1
