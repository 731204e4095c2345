#!/usr/bin/env bash
# tools/check_tidy.sh [all | REVISION]: clang-tidy on the torch-free sources that differ from REVISION
# (default: the commit before the last one, so that the last commit is covered too); when that is
# more than 60 files, on the 60 that changed most. Needs build/ci/compile_commands.json.
set -euo pipefail
cd "$(dirname "$0")/.."
database=build/ci/compile_commands.json
most=60
[[ -f $database ]] || { echo "$database is absent; run: tools/test build" >&2; exit 1; }
base=${1:-HEAD~1}

# Sources whose compile command has no LibTorch folder.
torch_free=$(python3 - "$database" <<'END'
import json, os, sys
for entry in json.load(open(sys.argv[1])):
    path = os.path.relpath(entry["file"])
    if "torch/csrc" not in entry["command"] and not path.startswith(("build", "..")):
        print(path)
END
)
if [[ $base == all ]] || ! git rev-parse -q --verify "$base^{commit}" >/dev/null; then
  candidates=$torch_free
else
  candidates=$( { git diff --numstat "$base" -- '*.cpp' | awk '{ print $1 + $2, $3 }'
    git ls-files --others --exclude-standard '*.cpp' | sed 's/^/9999 /'; } |
    sort -k1,1nr -k2 | cut -d' ' -f2)
fi
mapfile -t files < <(grep -Fxf <(echo "$torch_free") <<<"$candidates" | awk '!seen[$0]++')
total=${#files[@]}
if [[ $base != all ]] && (( total > most )); then
  echo "check_tidy: $total sources changed since $base, the $most that changed most are checked (tools/check_tidy.sh all: every one)"
  files=("${files[@]:0:$most}")
fi
(( ${#files[@]} > 0 )) || { echo "check_tidy: no torch-free source changed since $base"; exit 0; }

# -Wno-unknown-warning-option: the compile commands are GCC's. Only findings are printed.
printf '%s\0' "${files[@]}" |
  xargs -0 -P "$(nproc)" -n 1 clang-tidy --quiet -p build/ci --extra-arg=-Wno-unknown-warning-option \
    2> >(grep -vE '^[0-9]+ warnings? generated|^Suppressed|^Use -header-filter' >&2 || true)
echo "check_tidy: ${#files[@]} of $total sources clean"
