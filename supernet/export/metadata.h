// What an export carries beside its weights, as string metadata: the same keys in ONNX and
// safetensors files.
#pragma once

#include <map>
#include <string>

#include "supernet/export/exporter.h"

namespace tailor {

/// "format_version", "tailor.title", "tailor.arch", "tailor.preprocessing" (JSON) and "tailor.card"
/// (JSON). Throws Error when mean or std does not fit the channels or a text is not UTF-8.
std::map<std::string, std::string> export_metadata(const ExportedNetwork& network);

/// The reverse: title, figures and preprocessing from a file's metadata. Throws IoError naming
/// `file` and the field.
void read_metadata(const std::map<std::string, std::string>& metadata, const std::string& file,
                   ExportedNetwork& network);

}  // namespace tailor
