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

/// A .pth file (zip form) of {"state_dict": tensors} that torch.load reads, also with
/// weights_only=True; dtypes f32, f64, f16, bf16, i64, i32, u8, boolean. (torch::pickle_save tags
/// its dicts with a function that weights_only refuses.) The same bytes for the same tensors.
/// Throws Error when the file would exceed 4 GiB.
std::string pth_bytes(const TensorFile& tensors);

/// A weights file of either kind, told apart by its content. Throws IoError.
TensorFile read_weights_file(const std::string& path);

}  // namespace tailor
