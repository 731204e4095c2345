// What descriptions of networks by the Once-for-All authors (net.config) have in common.
// Source: github.com/mit-han-lab/once-for-all, ofa/utils/layers.py (`config` of each layer).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/error.h"

namespace tailor {

using PublishedJson = nlohmann::ordered_json;

/// A convolution with batch norm (or without) and activation; out 0: there is none.
struct PublishedConv {
  int64_t in = 0, out = 0, kernel = 1, stride = 1;
  std::string activation = "relu6";
  bool norm = true;
};

/// An object of such a file and where it stands, for messages. Readers throw ConfigError.
struct JsonField {
  const PublishedJson& json;
  std::string where;

  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw ConfigError(str(where, ": ", parts...));
  }
  /// Null when absent or null.
  const PublishedJson* find(const char* key) const;
  JsonField child(const char* key) const;
  /// A list of at most 1024 objects.
  std::vector<JsonField> list(const char* key) const;
  /// A number, also as a list of one.
  double number(const char* key) const;
  int64_t integer(const char* key) const;  ///< in [0, 2^20]
  double ratio(const char* key) const;     ///< in (0, 1024]
  std::string text(const char* key, const std::string& otherwise) const;
  bool boolean(const char* key, bool otherwise) const;
};

/// name: the file. Throws ConfigError for text that is not JSON.
PublishedJson parse_published(const std::string& text, const std::string& name);

PublishedConv read_conv(const JsonField& field);
PublishedJson conv_json(const PublishedConv& conv);
PublishedJson identity_json(int64_t channels);
PublishedJson classifier_json(int64_t features, int64_t classes);
/// Whole numbers without a fraction.
PublishedJson number_json(double value);
/// "is ...; this space has ...", or nothing.
std::string difference(const PublishedConv& read, const PublishedConv& ours);

}  // namespace tailor
