// Names in model.py: where each layer lives, and which variable holds each value.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "supernet/export/flat_network.h"

namespace tailor {

/// What PyTorch's layers call a weight: "weight", "bias", "running_mean", "running_var".
std::string torch_name(Role role);

/// Chooses a module path for each layer, so that the names in state_dict() are those of the weights
/// file. Where Python does not allow that ("for.weight", a layer inside a layer, one weight in two
/// different layers) the path is "layer1", "layer2", ... and renamed() leads to the file's names.
class LayerNames {
 public:
  /// numbers: parts of a path behind the first may be numbers ("layers.0.conv").
  explicit LayerNames(bool numbers = false) : numbers_(numbers) {}

  struct Place {
    std::string path;
    bool is_new = true;  ///< false: the same layer, with the same weights, was placed before
  };
  /// code: the layer's constructor call.
  Place place(const Node& node, const std::string& code);
  /// Name in state_dict() -> name in the file, where they differ.
  const std::map<std::string, std::string>& renamed() const { return renamed_; }

 private:
  bool usable(const std::string& path, const std::string& code) const;
  void keep(const std::string& path, const std::string& code);
  std::string fallback_path() const;

  bool numbers_;
  std::map<std::string, std::string> layers_;  // code by path; "" where renamed
  std::set<std::string> groups_;               // paths that hold layers
  std::map<std::string, std::string> renamed_;
};

/// "layers.0.conv" -> "self.layers[0].conv".
std::string attribute_text(const std::string& path);

/// Variable of each value of the network (its input first): "x", "y", "z", "v4", ...; one is used
/// again as soon as nothing reads its value any more.
std::vector<std::string> variable_names(const FlatNetwork& network);

}  // namespace tailor
