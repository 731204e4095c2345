#!/usr/bin/env bash
# tools/check_tests.sh [ROOT]: every source of the library is tested. A source room/…/name.cpp has
# tests/unit/<room>/**/name_test.cpp, or a test file says in a comment "covers: path.cpp, path.cpp";
# operations, blocks, families, kernels, exporters, formats, backends and strategies may be covered
# as a folder: "covers: supernet/ops/". Lists (builtin*.cpp) need none.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"
group_folders='supernet/(ops|blocks|families|formats|export|torch/kernels|torch/kernels/cpu)/|hardware_profiles/backends/|search/strategies/|trainers/(data|phases)/'

rooms=()
for room in core supernet hardware_profiles predictors trainers search; do
  [[ ! -d $room ]] || rooms+=("$room")
done
mapfile -t sources < <(find "${rooms[@]}" -name '*.cpp' ! -name 'builtin*.cpp' | sort)
covered=$(grep -rhoE --include='*_test.cpp' --include='*.sh' 'covers: .*' tests |
  sed 's/covers: //' | tr -s ', ' '\n' | sort -u) || true
tests=$(find tests/unit -name '*_test.cpp' 2>/dev/null) || true

failed=0
for source in "${sources[@]}"; do
  room=${source%%/*} folder=${source%/*}/ name=$(basename "$source" .cpp)
  grep -qE "^tests/unit/$room/(.*/)?${name}_test\.cpp$" <<<"$tests" && continue
  grep -qxF "$source" <<<"$covered" && continue
  grep -qxF "$folder" <<<"$covered" && grep -qE "^($group_folders)$" <<<"$folder" && continue
  echo "$source:1: no tests/unit/$room/**/${name}_test.cpp, and no test file says 'covers: $source'"
  failed=1
done
for path in $covered; do
  [[ -e $path ]] || { echo "a test says 'covers: $path', which does not exist"; failed=1; }
done
cases=$(grep -rhcE --include='*.cpp' '^ *(TEST_CASE|TEMPLATE_TEST_CASE|SCENARIO)' tests | awk '{ n += $1 } END { print n + 0 }')
echo "check_tests: ${#sources[@]} sources, $cases test cases ($((cases * 10 / (${#sources[@]} + 1))) for each ten sources)"
exit "$failed"
