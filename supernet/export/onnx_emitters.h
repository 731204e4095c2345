// Emitters of ONNX nodes: one an operation, found by kind.
#pragma once

#include <string_view>

#include "supernet/export/onnx_graph.h"

namespace tailor {

/// Adds the ONNX nodes of one node of the network.
using OnnxEmit = void(OnnxEmitter& emitter);

/// Throws Error naming an operation without emitter.
OnnxEmit* find_onnx_emitter(std::string_view kind);

}  // namespace tailor
