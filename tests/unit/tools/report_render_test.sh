#!/usr/bin/env bash
# report_render_test.sh REPORT_SAMPLE [KEEP_DIR]: opens the report of a made-up run, of an empty run
# and of one with hostile texts in headless Chromium: every plot must be drawn, without a JavaScript
# error, and no text may act as code. Exit code 77: Chromium is absent. KEEP_DIR keeps the
# screenshots (wide, narrow, dark).
set -euo pipefail
sample=$1
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [[ -z $browser ]]; then
  echo "skipped: chromium is absent (Debian package chromium)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keep=${2:-$work}
mkdir -p "$keep"
"$sample" "$work/full.html" "$work/empty.html" "$work/hostile.html"

browse() {
  timeout 90 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --no-first-run --user-data-dir="$work/profile" --hide-scrollbars --virtual-time-budget=5000 \
    "$@" 2>"$work/browser.log"
}
fail() { echo "report_render_test: $*" >&2; exit 1; }

# check PAGE CHARTS: all plots drawn, no error, the hostile title did not run.
check() {
  local dom
  dom=$(browse --dump-dom "file://$work/$1.html") || { cat "$work/browser.log" >&2; fail "the browser failed on $1.html"; }
  dom=${dom//$'\n'/ }
  local root=${dom#*<html} ; root=${root%%>*}
  [[ $root == *'data-errors=""'* ]] || fail "$1.html: JavaScript errors: $root"
  [[ $root == *"data-charts=\"$2\""* ]] || fail "$1.html: expected $2 plots: $root"
  local drawn
  drawn=$({ grep -o 'data-drawn="yes"' <<<"$dom" || true; } | wc -l)
  (( drawn == $2 )) || fail "$1.html: $drawn of $2 plots were drawn"
  [[ $dom != *'<title>owned'* ]] || fail "$1.html: a text of the run was executed"
  echo "$1.html: $drawn plots drawn, no error"
}
check full 9
check empty 0
check hostile 9

if [[ $keep != "$work" ]]; then
  browse --window-size=1280,4700 --screenshot="$keep/wide.png" "file://$work/full.html"
  browse --window-size=500,6400 --screenshot="$keep/narrow.png" "file://$work/full.html"
  browse --window-size=1280,4700 --blink-settings=preferredColorScheme=0 \
    --screenshot="$keep/dark.png" "file://$work/full.html"
  browse --window-size=1000,1200 --screenshot="$keep/empty.png" "file://$work/empty.html"
  cp "$work/full.html" "$keep/"
fi
