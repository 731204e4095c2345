# Sourced by tools/setup, quickstart and test: one line a step with its seconds.

# step NAME COMMAND...: runs the command; then "NAME  12.3 s", or "NAME  FAILED" and its exit code.
step() {
  local name=$1 began=$EPOCHREALTIME code=0
  shift
  # A failure must reach us although set -e is on, and set -e must hold inside functions too.
  set +e
  (set -e; "$@")
  code=$?
  set -e
  local took=$(( (${EPOCHREALTIME/./} - ${began/./}) / 100000 ))
  if (( code == 0 )); then
    printf '%-34s %6d.%d s\n' "$name" $((took / 10)) $((took % 10))
  else
    printf '%-34s FAILED after %d.%d s (exit code %d)\n' "$name" $((took / 10)) $((took % 10)) "$code" >&2
  fi
  return "$code"
}

# quietly COMMAND...: shows the command's output only when it fails.
quietly() {
  local log code=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || code=$?
  (( code == 0 )) || cat "$log" >&2
  rm -f "$log"
  return "$code"
}
