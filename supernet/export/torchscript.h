// Networks as TorchScript modules. The one part of exporting that needs LibTorch.
#pragma once

#include <string>

#include "supernet/export/exporter.h"

namespace tailor {

/// model.ts: `torch.jit.load` in C++ and Python; forward(x [N, C, H, W]) -> [N, classes]; weights
/// under their PyTorch names; the export metadata as extra files. Throws Error naming an operation
/// without emitter.
std::string torchscript_bytes(const ExportedNetwork& network);

/// The output for an input [N, C, H, W], for the check after an export. Throws IoError.
HostTensor run_torchscript(const std::string& bytes, const HostTensor& input);

/// Adds "torchscript" to the exporters.
void add_torch_exporters(ExporterRegistry& exporters);

}  // namespace tailor
