// Matching names, and one message for all that do not match.
#include "supernet/formats/published_weights.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "core/error.h"

namespace tailor {
namespace {

using Names = std::map<std::string, const WantedTensor*>;

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The wanted tensor that a file's name means: itself, or by the first rewrite that applies.
const WantedTensor* match(const std::string& in_file, const Names& names) {
  static const std::vector<std::array<std::string, 2>> kRewrites = {
      {".bn.bn.", ".bn."},
      {".conv.conv.weight", ".conv.weight"},
      {".linear.linear.", ".linear."},
      {".linear.", ".linear.linear."},
      {"bn.", "bn.bn."},
      {"conv.weight", "conv.conv.weight"}};
  std::string name = replace_all(in_file, ".mobile_inverted_conv.", ".conv.");
  if (const auto found = names.find(name); found != names.end()) return found->second;
  for (const auto& [from, to] : kRewrites) {
    if (name.find(from) == std::string::npos) continue;
    const auto found = names.find(replace_all(name, from, to));
    return found == names.end() ? nullptr : found->second;
  }
  return nullptr;
}

/// Up to ten of a list.
std::string some_of(const std::vector<std::string>& list) {
  constexpr size_t kShown = 10;
  const auto end = list.begin() + static_cast<std::ptrdiff_t>(std::min(list.size(), kShown));
  return join(std::vector<std::string>(list.begin(), end), ", ") +
         (list.size() > kShown ? str(", and ", list.size() - kShown, " more") : "");
}

}  // namespace

TensorFile in_our_names(const TensorFile& file, const std::vector<WantedTensor>& wanted,
                        const std::function<std::string(const std::string&)>& published_name,
                        std::vector<std::string>& absent) {
  Names names;
  for (const WantedTensor& each : wanted) names[published_name(each.name)] = &each;
  for (const WantedTensor& each : wanted) names.emplace(each.name, &each);
  TensorFile out;
  out.source = file.source;
  out.metadata = file.metadata;
  std::vector<std::string> unknown, missing, misshapen;
  for (const auto& [name, tensor] : file.tensors) {
    if (name.ends_with("num_batches_tracked")) continue;
    const WantedTensor* want = match(name, names);
    if (!want) {
      unknown.push_back(name);
    } else if (tensor.shape != want->shape || tensor.dtype != DType::f32) {
      misshapen.push_back(str(name, " (", dtype_name(tensor.dtype), " ", shape_text(tensor.shape),
                              ", needs F32 ", shape_text(want->shape), ")"));
    } else if (!out.tensors.emplace(want->name, tensor).second) {
      unknown.push_back(name + " (a second " + want->name + ")");
    }
  }
  absent.clear();
  const auto named = [&](const std::vector<std::string>& list, const std::string& name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& text) { return text.starts_with(name); });
  };
  for (const WantedTensor& each : wanted) {
    if (out.tensors.contains(each.name)) continue;
    const std::string published = published_name(each.name);
    if (each.role == Role::transform && !named(misshapen, published)) {
      absent.push_back(each.name);
    } else if (!named(misshapen, published) && !named(misshapen, each.name)) {
      missing.push_back(published);
    }
  }
  std::vector<std::string> wrong;
  if (!unknown.empty()) wrong.push_back("unknown: " + some_of(unknown));
  if (!missing.empty()) wrong.push_back("missing: " + some_of(missing));
  if (!misshapen.empty()) wrong.push_back("of another shape: " + some_of(misshapen));
  if (!wrong.empty()) {
    throw IoError(str(file.source, ": does not hold this network's weights; ", join(wrong, "; "),
                      "; is it the file of another space?"));
  }
  return out;
}

}  // namespace tailor
