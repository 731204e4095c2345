# Prints "file:line lines name" for each function defined in C++ files: braces are followed after
# comments and strings are cut away; a brace opens a function when its statement has a parameter
# list and what is around it is a namespace, class or the file. Exact for our formatted code.
function reset() { depth = 0; parens = 0; statement = ""; start = 0; in_comment = 0; in_raw = "" }
function kind_of(text) {
  if (parens > 0) return "list"
  for (i = depth; i > 0; i--) if (kind[i] != "scope") return "block"
  if (text ~ /(^|[^a-z_])(namespace|class|struct|enum|union|extern)( |$)/ && text !~ /\)/) return "scope"
  if (text ~ /[A-Za-z0-9_>]$/ && text ~ /\) *:/ && text !~ /(const|noexcept|override)$/) return "init"
  return text ~ /\(/ && text !~ /= *$/ ? "function" : "block"
}
function name_of(text) { sub(/\(.*/, "", text); sub(/.*[ *&]/, "", text); return text }
FNR == 1 { reset() }
{
  line = $0
  if (in_raw != "") { if (!(at = index(line, in_raw))) next; line = substr(line, at + length(in_raw)); in_raw = "" }
  if (match(line, /R"[A-Za-z_]*\(/)) {
    in_raw = ")" substr(line, RSTART + 2, RLENGTH - 3) "\""
    if (at = index(substr(line, RSTART + RLENGTH), in_raw)) in_raw = ""
    line = substr(line, 1, RSTART - 1)
  }
  if (in_comment) { if (!(at = index(line, "*/"))) next; line = substr(line, at + 2); in_comment = 0 }
  gsub(/\\./, "", line); gsub(/"[^"]*"/, "s", line); gsub(/'[^']'/, "c", line)
  gsub(/\/\*.*\*\//, "", line)
  sub(/\/\/.*/, "", line)
  if (at = index(line, "/*")) { line = substr(line, 1, at - 1); in_comment = 1 }
  if (line ~ /^ *#/) next
  n = length(line)
  for (k = 1; k <= n; k++) {
    c = substr(line, k, 1)
    if (c == "(") parens++
    if (c == ")") parens--
    if (c == "{") {
      found = kind_of(statement); depth++; kind[depth] = found; opened[depth] = start ? start : FNR
      kept[depth] = statement; outer[depth] = parens; parens = 0
      name[depth] = name_of(statement); statement = ""; start = 0
    } else if (c == "}") {
      if (kind[depth] == "function") print FILENAME ":" opened[depth], FNR - opened[depth] + 1, name[depth]
      statement = kind[depth] == "init" || kind[depth] == "list" ? kept[depth] "()" : ""
      start = statement == "" ? 0 : opened[depth]
      parens = outer[depth]; depth--
    } else if (c == ";" && parens == 0) { statement = ""; start = 0 }
    else if (c != " " || statement != "") { statement = statement c; if (!start) start = FNR }
  }
  if (statement != "") statement = statement " "
  sub(/ +$/, " ", statement)
}
