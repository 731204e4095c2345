// PyTorch's weights files without PyTorch: the zip form and the stream of pickles before it.
#pragma once

#include <string>
#include <string_view>

#include "core/tensor_file.h"

namespace tailor {

/// Is this what torch.save writes?
bool looks_like_pth(std::string_view bytes);

/// The tensors of a state_dict: the file's object itself or its entry "state_dict" or "model",
/// nested dicts joined by dots; tensors row-major, float16, bfloat16 and float64 made float32.
/// Nothing in the file is run (see read_pickle). `name` is for messages. Throws IoError.
/// Sources: pytorch, torch/serialization.py (legacy stream) and caffe2/serialize (zip, records
/// "data.pkl" and "data/KEY").
TensorFile parse_pth(std::string_view bytes, const std::string& name);

/// A weights file of either kind, told apart by its content. Throws IoError.
TensorFile read_weights_file(const std::string& path);

}  // namespace tailor
