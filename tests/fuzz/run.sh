#!/usr/bin/env bash
# Compiles the fuzz targets with clang and runs each for some seconds: tests/fuzz/run.sh [seconds]
# Inputs that crash a target are left in build/fuzz (or $FUZZ_OUT); a found one becomes a unit test.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
out=${FUZZ_OUT:-build/fuzz}
compiler=$(command -v clang++ || command -v clang++-14)
flags=(-std=c++20 -O1 -g -I. -fsanitize=fuzzer-no-link,address,undefined
       -fno-sanitize-recover=undefined)
mkdir -p "$out"

objects=()
for source in core/*.cpp supernet/space/*.cpp supernet/ops/*.cpp supernet/builtin_ops.cpp \
              supernet/formats/*.cpp supernet/blocks/*.cpp supernet/families/{image_options,mobilenet_published,published_json,resnet50d_published}.cpp \
              hardware_profiles/*.cpp \
              trainers/data/{tar_file,decode_image,decode_jpeg,decode_png}.cpp; do
  object=$out/$(tr / _ <<<"${source%.cpp}").o
  "$compiler" "${flags[@]}" -c "$source" -o "$object"
  objects+=("$object")
done
rm -f "$out/libtailor.a"
ar rcs "$out/libtailor.a" "${objects[@]}"  # an archive: each target links what it reads alone
for source in tests/fuzz/fuzz_*.cpp; do
  name=$(basename "$source" .cpp)
  "$compiler" "${flags[@]}" -fsanitize=fuzzer "$source" "$out/libtailor.a" -lyaml-cpp -lturbojpeg -lpng -licui18n -licuuc -o "$out/$name"
  mkdir -p "$out/$name.corpus"
  echo "== $name, $seconds s"
  "$out/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
    -artifact_prefix="$out/$name." -print_final_stats=1 -verbosity=0 "$out/$name.corpus" \
    "tests/fuzz/seeds/$name"
done
