// A pickle machine that builds data and nothing else: what weights files need of Python's format.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor_file.h"

namespace tailor {

struct PickleValue;
using PicklePtr = std::shared_ptr<PickleValue>;

/// What a tensor says of its storage. Offsets and strides in elements.
struct PickledTensor {
  DType dtype = DType::f32;
  std::string storage;        ///< key of the storage
  int64_t storage_numel = 0;  ///< elements that the storage claims to hold
  int64_t offset = 0;
  std::vector<int64_t> shape, strides;
};

/// One value. list, tuple: `items`; dict: `items` holds key, value, key, value, ...; global: "torch
/// FloatStorage" in `text`.
struct PickleValue {
  enum class Kind { none, boolean, integer, real, text, bytes, list, tuple, dict, global, tensor };
  Kind kind = Kind::none;
  int64_t integer = 0;  ///< also boolean
  double real = 0;
  std::string text;  ///< also bytes
  std::vector<PicklePtr> items;
  PickledTensor tensor;  ///< a storage is a tensor without shape until it is rebuilt
  bool is_storage = false;
  bool sealed = false;  ///< part of another value: may not change any more
  int depth = 0;

  /// The value of a dict's key, or null.
  const PickleValue* find(std::string_view key) const;
};

/// Reads the pickle at the start of `bytes`; `used` becomes its length. Protocols 2 to 4. Names are
/// taken from a fixed list (tensors, storages, OrderedDict, torch.Size); any other name, like
/// os.system, is refused. `file` is for messages. Throws IoError: truncated or malformed, a name or
/// an instruction that is not allowed, nesting beyond 100, more than 2^22 values.
/// Source of the format: CPython, Lib/pickletools.py.
PicklePtr read_pickle(std::string_view bytes, const std::string& file, size_t& used);

}  // namespace tailor
