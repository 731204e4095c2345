#!/usr/bin/env bash
# run.sh MAKE_EXPORTS: exports sample networks and compares ONNX Runtime with PyTorch on them.
# Exit code 77 (skipped) without the Python packages of tools/setup --with-tests.
set -euo pipefail
make_exports=$(realpath "$1")
cd "$(dirname "$0")/../../.."
oracle=$PWD/.deps/oracle/bin/python torch=$PWD/.deps/torch-python

"$oracle" -c 'import onnxruntime, numpy' 2>/dev/null && "$torch" -c 'import torch' 2>/dev/null || {
  echo "skipped: ONNX Runtime or PyTorch is not there; tools/setup --with-tests installs both"
  exit 77
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$make_exports" "$folder"
"$torch" tests/golden/check_exports.py pytorch "$folder"
"$oracle" tests/golden/check_exports.py onnx "$folder"
"$oracle" tests/golden/check_exports.py compare "$folder"
