# cmake -DOUT=file.cpp -DFROM=folder -P embed.cmake: the page's template, style and script as C++
# strings.
set(text "// Made by tools/report/embed.cmake from template.html, report.css and report.js.\n")
string(APPEND text "#include \"tools/report/assets.h\"\n\nnamespace tailor::report {\n\n")
foreach(asset template.html report.css report.js)
  file(READ ${FROM}/${asset} content)
  string(REGEX MATCH "[a-z]+$" name ${asset})
  string(APPEND text "std::string_view asset_${name}() {\n  return R\"asset(${content})asset\";\n}\n\n")
endforeach()
string(APPEND text "}  // namespace tailor::report\n")
file(WRITE ${OUT} "${text}")
