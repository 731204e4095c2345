// Text to train a tiny language model on.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

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

/// A row of a matrix of ids.
inline std::vector<int64_t> row(const at::Tensor& matrix, int64_t n) {
  const at::Tensor r = matrix[n].contiguous();
  return {r.data_ptr<int64_t>(), r.data_ptr<int64_t>() + r.numel()};
}

}  // namespace tailor::test
