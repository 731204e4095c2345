#!/usr/bin/env bash
# tools/check_includes.sh [ROOT]: who may include whom. Prints file:line and the rule for each
# violation; fails when there is one. Checked: the table below, includes from the repository's root,
# no LibTorch where it does not belong (none at all but ATen/core/Tensor.h in a header), no cycle
# between folders, no at::parallel_for outside the file that is compiled for it.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# room | may include (its own files always; a name ending in .h allows that file alone).
# The room of a file is the longest path here that its own begins with.
table='
core                        |
supernet/space              | core
supernet/ops                | core supernet/space
supernet/blocks             | core supernet/space supernet/ops
supernet/families           | core supernet/space supernet/ops supernet/blocks
supernet/export             | core supernet/space supernet/ops supernet/formats
supernet/export/torchscript | core supernet/space supernet/ops supernet/formats supernet/export supernet/torch/parameter_store.h
supernet/formats            | core supernet/space supernet/ops/rotary.h
supernet/builtin            | core supernet/space supernet/ops supernet/families
supernet/torch              | core supernet/space supernet/ops
hardware_profiles           | core supernet/space supernet/ops supernet/export
hardware_profiles/backends/cpu_torch | core supernet/space supernet/ops supernet/torch hardware_profiles
hardware_profiles/builtin_torch      | core hardware_profiles
predictors                  | core supernet/space hardware_profiles
trainers                    | core supernet/space supernet/ops supernet/torch supernet/formats predictors/estimator.h predictors/predictor.h predictors/cost_estimator.h
search                      | core supernet/space predictors/estimator.h
tools                       | core supernet hardware_profiles predictors trainers search
tests                       | core supernet hardware_profiles predictors trainers search tools
'
# Rooms whose .cpp files may include LibTorch.
torch_rooms='supernet/torch supernet/export/torchscript trainers hardware_profiles/backends/cpu_torch hardware_profiles/builtin_torch tools tests'

folders=()
for folder in core supernet hardware_profiles predictors trainers search tools tests; do
  [[ ! -d $folder ]] || folders+=("$folder")
done
includes=$(grep -rnE --include='*.h' --include='*.cpp' '^[[:space:]]*#[[:space:]]*include' \
  "${folders[@]}" | sort -t: -k1,1 -k2,2n) || true
files=$(find "${folders[@]}" -name '*.h' -o -name '*.cpp')

edges=$(mktemp)
trap 'rm -f "$edges"' EXIT
failed=0
awk -v table="$table" -v torch_rooms="$torch_rooms" -v files="$files" -v edges="$edges" '
  function room_of(path,   room, best) {
    for (room in allowed) if (index(path, room) == 1 && length(room) > length(best)) best = room
    return best
  }
  function folder_of(path) { sub(/\/[^\/]*$/, "", path); return path }
  function report(text) { print file ":" line ": " text; bad = 1 }
  function may(from, to, path,   n, list, i) {
    if (room_of(path) == from) return 1
    n = split(allowed[from], list, " ")
    for (i = 1; i <= n; i++)
      if (list[i] ~ /\.h$/ ? path == list[i] : to == list[i] || index(to, list[i] "/") == 1) return 1
    return 0
  }
  BEGIN {
    n = split(table, rows, "\n")
    for (i = 1; i <= n; i++)
      if (split(rows[i], cell, "|") == 2) { gsub(/ /, "", cell[1]); allowed[cell[1]] = cell[2] }
    n = split(torch_rooms, list, " "); for (i = 1; i <= n; i++) torch[list[i]] = 1
    n = split(files, list, "\n"); for (i = 1; i <= n; i++) exists[list[i]] = 1
  }
  {
    split($0, part, ":"); file = part[1]; line = part[2]; from = room_of(file)
    if (match($0, /"[^"]*"/)) {
      target = substr($0, RSTART + 1, RLENGTH - 2)
      if (!(target in exists)) { report("\"" target "\" is not a path from the root"); next }
      if (!may(from, room_of(target), target))
        report(from " must not include " target ", only: " (allowed[from] ~ /[^ ]/ ? allowed[from] : "itself"))
      if (folder_of(file) != folder_of(target)) print folder_of(file), folder_of(target) > edges
    } else if (match($0, /<(torch|ATen|c10|caffe2)\/[^>]*>/)) {
      target = substr($0, RSTART + 1, RLENGTH - 2)
      if (file ~ /\.h$/ && file !~ /^tests\// && target != "ATen/core/Tensor.h")
        report("<" target "> in a header: only ATen/core/Tensor.h or forward declarations")
      if (!(from in torch)) report("<" target ">: " from " is torch-free")
    }
  }
  END { exit bad }' <<<"$includes" || failed=1

if ! cycle=$(sort -u "$edges" | tsort 2>&1 >/dev/null) || [[ -n $cycle ]]; then
  echo "folders include each other in a cycle:"
  # One witness for each arrow between the folders that tsort names.
  names=$(sed -n 's/^tsort: \([^- ].*\)/\1/p' <<<"$cycle" | grep -v ' ' | sort -u)
  sort -u "$edges" | awk -v names="$names" '
    BEGIN { n = split(names, list, "\n"); for (i = 1; i <= n; i++) in_cycle[list[i]] = 1 }
    ($1 in in_cycle) && ($2 in in_cycle)' |
    while read -r from to; do
      grep -nE "include \"$to/[^/]*\"" "$from"/*.h "$from"/*.cpp 2>/dev/null |
        sed -n "1s|\$|   ($from -> $to)|p" || true
    done
  failed=1
fi
# A template that runs on one thread where OpenMP is off: one file is compiled with it.
if grep -nE 'at::parallel_for\(' $files /dev/null | grep -v '^supernet/torch/kernels/cpu/parallel.cpp:'; then
  echo "at::parallel_for: call cpu::parallel_for of supernet/torch/kernels/cpu/parallel.h"
  failed=1
fi
(( failed == 0 )) && echo "check_includes: $(wc -l <<<"$includes") includes in $(wc -l <<<"$files") files follow the table, no cycle"
exit "$failed"
