// The error text that all registries share.
#include "core/registry.h"

namespace tailor {

std::string unknown_name_text(std::string_view kind, std::string_view name,
                              const std::vector<std::string>& known) {
  std::string text = str("unknown ", kind, " '", name, "'");
  const std::string near = nearest(name, known);
  if (!near.empty()) text += str("; did you mean '", near, "'?");
  text += near.empty() ? "; known: " : " known: ";
  return text + (known.empty() ? "none" : join(known, ", "));
}

}  // namespace tailor
