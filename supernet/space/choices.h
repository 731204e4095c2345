// Reading the choices of an elastic field.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config_node.h"

namespace tailor {

/// Reads a list of choices and sorts it from small to large. Throws ConfigError when the list is
/// empty, holds a choice twice, or holds more than 100.
void read_choices(const ConfigNode& cfg, const std::string& key, std::vector<int64_t>& choices,
                  const Rule& rule);
void read_choices(const ConfigNode& cfg, const std::string& key, std::vector<double>& choices,
                  const Rule& rule);

}  // namespace tailor
