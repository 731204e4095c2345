// Arch: the hash over its choices.
#include "supernet/space/arch.h"

#include <string_view>
#include <utility>

#include "core/str.h"

namespace tailor {

Arch::Arch(std::vector<int8_t> choices) : choices_(std::move(choices)) {
  const auto* bytes = reinterpret_cast<const char*>(choices_.data());
  hash_ = fnv1a(std::string_view(bytes, choices_.size()));
}

}  // namespace tailor
