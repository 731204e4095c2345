// A language model of a few thousand parameters and text to train it on.
#pragma once

#include <string>

#include "core/config_node.h"
#include "core/file.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"
#include "trainers/language/token_data.h"

namespace tailor::test {

inline constexpr const char* kTinyLanguage = R"(
family: hybrid_lm
layers: 3
hidden: 16
tokens: 24
mixers: [none, gla, gdn, jet, swa, attn]
attention: {heads: 2, kv_heads: 1, head_dim: 8, window: [5], rope_theta: 1e4}
linear: {heads: [1, 2], d_k: [4, 8], d_v: [8, 16]}
mlp: [32]
)";

/// Options of data whose text lies in `dir`.
inline train::TokenOptions tiny_text(const TempDir& dir) {
  std::string text;
  for (int i = 0; text.size() < 6000; ++i) text += str("line ", i * i % 97, " of the tale.\n");
  const std::string path = dir.file("tale.txt");
  write_file(path, text);
  return {.files = {path},
          .tokens = 24,
          .validation_share = 0.2,
          .validation_sequences = 6,
          .pairs = 4,
          .queries = 2,
          .recall_share = 0.5};
}

}  // namespace tailor::test
