// Matching names, and one message for all that do not match.
#include "supernet/formats/published_weights.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

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

/// A file's tensors against the wanted ones. Names as they stand in the file, or would.
struct Matching {
  std::map<std::string, const HostTensor*> found;  ///< by our name
  std::vector<std::string> unknown, missing, misshapen;
  std::vector<std::string> absent;  ///< our names of missing kernel transforms

  Matching(const TensorFile& file, const std::vector<WantedTensor>& wanted,
           const std::function<std::string(const std::string&)>& published_name) {
    Names names;
    for (const WantedTensor& each : wanted) names[published_name(each.name)] = &each;
    for (const WantedTensor& each : wanted) names.emplace(each.name, &each);
    std::set<std::string> seen;
    for (const auto& [name, tensor] : file.tensors) {
      if (name.ends_with("num_batches_tracked")) continue;
      const WantedTensor* want = match(name, names);
      if (!want) {
        unknown.push_back(name);
        continue;
      }
      seen.insert(want->name);
      if (tensor.shape != want->shape || tensor.dtype != DType::f32) {
        misshapen.push_back(str(name, " (", dtype_name(tensor.dtype), " ", shape_text(tensor.shape),
                                ", needs F32 ", shape_text(want->shape), ")"));
      } else if (!found.emplace(want->name, &tensor).second) {
        unknown.push_back(name + " (a second " + want->name + ")");
      }
    }
    for (const WantedTensor& each : wanted) {
      if (seen.contains(each.name)) continue;
      if (each.role == Role::transform) {
        absent.push_back(each.name);
      } else {
        missing.push_back(published_name(each.name));
      }
    }
  }
};

}  // namespace

TensorFile in_our_names(const TensorFile& file, const std::vector<WantedTensor>& wanted,
                        const std::function<std::string(const std::string&)>& published_name,
                        std::vector<std::string>& absent) {
  const Matching m(file, wanted, published_name);
  absent = m.absent;
  std::vector<std::string> wrong;
  if (!m.unknown.empty()) wrong.push_back("unknown: " + some_of(m.unknown));
  if (!m.missing.empty()) wrong.push_back("missing: " + some_of(m.missing));
  if (!m.misshapen.empty()) wrong.push_back("of another shape: " + some_of(m.misshapen));
  if (!wrong.empty()) {
    throw IoError(str(file.source, ": does not hold this network's weights; ", join(wrong, "; "),
                      "; is it the file of another space?"));
  }
  TensorFile out;
  out.source = file.source;
  out.metadata = file.metadata;
  for (const auto& [name, tensor] : m.found) out.tensors.emplace(name, *tensor);
  return out;
}

size_t misfits(const TensorFile& file, const std::vector<WantedTensor>& wanted,
               const std::function<std::string(const std::string&)>& published_name) {
  const Matching m(file, wanted, published_name);
  return m.unknown.size() + m.missing.size() + m.misshapen.size() + m.absent.size();
}

TensorFile in_published_names(
    const TensorFile& file, const std::function<std::string(const std::string&)>& published_name) {
  const std::string statistic = "running_var";
  TensorFile out;
  out.source = file.source;
  for (const auto& [ours, tensor] : file.tensors) {
    const std::string name = published_name(ours);
    out.tensors.emplace(name, tensor);
    if (!name.ends_with(statistic)) continue;
    out.tensors.emplace(name.substr(0, name.size() - statistic.size()) + "num_batches_tracked",
                        HostTensor::zeros(DType::i64, {}));
  }
  return out;
}

}  // namespace tailor
