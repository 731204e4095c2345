// Text to train a tiny language model on.
#pragma once

#include <string>

#include "core/config_node.h"
#include "core/file.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"
#include "trainers/language/token_data.h"

namespace tailor::test {

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
