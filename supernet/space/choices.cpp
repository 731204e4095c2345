// The checks every list of choices has to pass.
#include "supernet/space/choices.h"

#include <algorithm>

#include "core/str.h"

namespace tailor {
namespace {

constexpr size_t kMostChoices = 100;  // an arch keeps a choice in one byte

template <class T>
void read_sorted(const ConfigNode& cfg, const std::string& key, std::vector<T>& choices,
                 const Rule& rule) {
  cfg.read(key, choices, rule);
  if (choices.empty()) cfg.fail(key, "must hold at least one choice");
  if (choices.size() > kMostChoices) {
    cfg.fail(key, str("must hold at most ", kMostChoices, " choices, got ", choices.size()));
  }
  std::sort(choices.begin(), choices.end());
  const auto twice = std::adjacent_find(choices.begin(), choices.end());
  if (twice != choices.end()) {
    cfg.fail(key, str("holds ", number(static_cast<double>(*twice)), " twice"));
  }
}

}  // namespace

void read_choices(const ConfigNode& cfg, const std::string& key, std::vector<int64_t>& choices,
                  const Rule& rule) {
  read_sorted(cfg, key, choices, rule);
}

void read_choices(const ConfigNode& cfg, const std::string& key, std::vector<double>& choices,
                  const Rule& rule) {
  read_sorted(cfg, key, choices, rule);
}

}  // namespace tailor
