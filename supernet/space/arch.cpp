// Arch: the hash over its choices, comparisons.
#include "supernet/space/arch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/str.h"

namespace tailor {

Arch::Arch(std::vector<int8_t> choices) {
  const auto* bytes = reinterpret_cast<const char*>(choices.data());
  const uint64_t hash = fnv1a(std::string_view(bytes, choices.size()));
  data_ = std::make_shared<const Data>(Data{std::move(choices), hash});
}

bool Arch::operator==(const Arch& other) const {
  if (data_ == other.data_) return true;
  return hash() == other.hash() && std::ranges::equal(choices(), other.choices());
}

std::strong_ordering Arch::operator<=>(const Arch& other) const {
  const auto own = choices(), others = other.choices();
  return std::lexicographical_compare_three_way(own.begin(), own.end(), others.begin(),
                                                others.end());
}

}  // namespace tailor
