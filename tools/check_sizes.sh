#!/usr/bin/env bash
# tools/check_sizes.sh [ROOT]: hard caps on the length of files (500), functions (80) and CMakeLists
# (130 at the root, 40 in a folder) fail; the soft cap of files (300) and the medians are reported.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"
folders=()
for folder in core supernet hardware_profiles predictors trainers search tools tests; do
  [[ ! -d $folder ]] || folders+=("$folder")
done
mapfile -t sources < <(find "${folders[@]}" -name '*.h' -o -name '*.cpp' | sort)
mapfile -t others < <(find "${folders[@]}" -name '*.py' -o -name '*.sh' -o -name '*.js' | sort)
mapfile -t cmake < <(find "${folders[@]}" -name CMakeLists.txt | sort)

file_lines() { awk 'FNR == 1 && NR > 1 { print last, n } { last = FILENAME; n = FNR } END { if (NR) print last, n }' "$@"; }
report=$(
  file_lines "${sources[@]}" "${others[@]}" | awk '
    $2 > 500 { print "FAIL " $1 ":1: " $2 " lines, at most 500"; next }
    $2 > 300 { print "soft " $1 ": " $2 " lines, better at most 300" }'
  awk -f "$here/function_sizes.awk" "${sources[@]}" | awk '
    $2 > 80 { print "FAIL " $1 ": function " $3 " has " $2 " lines, at most 80" }'
  file_lines CMakeLists.txt "${cmake[@]}" | awk '{
    cap = $1 == "CMakeLists.txt" ? 130 : 40
    if ($2 > cap) print "FAIL " $1 ":1: " $2 " lines, at most " cap }'
)
[[ -z $report ]] || sed 's/^FAIL //' <<<"$report"
median() { sort -n | awk -v p="$1" '{ v[NR] = $1 } END { if (NR) print v[int((NR - 1) * p) + 1] }'; }
echo "check_sizes: ${#sources[@]} sources, median $(file_lines "${sources[@]}" | awk '{print $2}' | median 0.5)" \
  "lines; functions: median $(awk -f "$here/function_sizes.awk" "${sources[@]}" | awk '{print $2}' | median 0.5)," \
  "nine of ten at most $(awk -f "$here/function_sizes.awk" "${sources[@]}" | awk '{print $2}' | median 0.9) lines"
! grep -q '^FAIL ' <<<"$report"
