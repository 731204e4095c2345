// The page's files, built in: template.html, report.css, report.js.
#pragma once

#include <string_view>

namespace tailor::report {

std::string_view asset_html();
std::string_view asset_css();
std::string_view asset_js();

}  // namespace tailor::report
