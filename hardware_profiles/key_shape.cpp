// Taking latency keys apart; they are written by supernet/space/builder.cpp.
#include "hardware_profiles/key_shape.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "core/str.h"
#include "supernet/space/cost.h"

namespace tailor::hw {
namespace {

constexpr size_t kMostNodes = 8192;
constexpr size_t kMostDims = 8;
constexpr double kMostSize = 1e12;
constexpr double kMostElements = 0x1p42, kMostMacs = 0x1p49;  // of a node; the builder's bounds

using Sizes = std::vector<double>;

double product(const Sizes& sizes) {
  double out = 1;
  for (double size : sizes) out *= size;
  return out;
}

/// Multiply-accumulates of a node with this output and first weight: each output takes as many as
/// one output channel has weights. Operations without a matrix of weights have none.
double macs_of(const Sizes& output, const std::vector<Sizes>& weights) {
  if (weights.empty() || weights[0].size() < 2) return 0;
  return product(output) * product(weights[0]) / weights[0][0];
}

/// "groups=96" as "groups=#" where each channel is a group of its own.
std::string without_depthwise_groups(std::string op, const std::vector<Sizes>& weights) {
  if (weights.empty() || weights[0].size() < 2 || weights[0][1] != 1) return op;
  const std::string groups = "groups=" + std::to_string(static_cast<int64_t>(weights[0][0]));
  const size_t at = op.find(groups);
  if (weights[0][0] == 1 || at == std::string::npos || op.size() <= at + groups.size()) return op;
  const char behind = op[at + groups.size()];
  if (behind != ')' && behind != ' ') return op;
  return op.replace(at, groups.size(), "groups=#");
}

class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : key_(key) {}

  bool read() {
    if (!read_head()) return false;
    while (take("; ")) {
      if (out_.nodes.size() == kMostNodes || !read_node()) return false;
    }
    if (at_ != key_.size() || out_.nodes.empty()) return false;
    for (const auto& [node, value] : may_fold_) out_.nodes[node].foldable = readers_[value] == 1;
    return true;
  }
  KeyShape& shape() { return out_; }

 private:
  bool take(std::string_view word) {
    if (key_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  /// The text before `word`, which is passed too; nothing when it does not come.
  std::optional<std::string> until(std::string_view word) {
    const size_t end = key_.find(word, at_);
    if (end == std::string_view::npos) return std::nullopt;
    std::string out(key_.substr(at_, end - at_));
    at_ = end + word.size();
    return out;
  }

  bool read_number(double& value) {
    int64_t whole = 0;
    const char* begin = key_.data() + at_;
    const auto [end, error] = std::from_chars(begin, key_.data() + key_.size(), whole);
    if (error != std::errc() || whole < 0) return false;
    at_ += static_cast<size_t>(end - begin);
    value = static_cast<double>(whole);
    return true;
  }

  /// "1, 16, 28]".
  bool read_sizes(Sizes& sizes) {
    do {
      double size = 0;
      if (sizes.size() == kMostDims || !read_number(size)) return false;
      if (size < 1 || size > kMostSize) return false;
      sizes.push_back(size);
    } while (take(", "));
    if (!take("]")) return false;
    out_.sizes.insert(out_.sizes.end(), sizes.begin(), sizes.end());
    return true;
  }

  static std::string pattern(const char* name, const Sizes& sizes) {
    return std::string(name) + "[" + std::string(sizes.size(), '#') + "]";
  }

  bool read_head() {
    const size_t end = key_.find(" in[");
    if (end == std::string_view::npos) return false;
    out_.skeleton = key_.substr(0, end);
    at_ = end;
    const std::string name = out_.skeleton.substr(0, out_.skeleton.find(' '));
    for (const Precision each : {Precision::f32, Precision::bf16, Precision::f16}) {
      if (name == precision_name(each)) bytes_ = static_cast<double>(element_bytes(each));
    }
    while (take(" in[")) {
      Sizes sizes;
      if (!read_sizes(sizes)) return false;
      add_value(product(sizes));
      out_.skeleton += pattern(" in", sizes);
    }
    block_inputs_ = values_.size();
    return bytes_ > 0;
  }

  /// "0,3": which values a node reads; adds their elements.
  bool read_inputs(double& elements, std::vector<size_t>& inputs) {
    do {
      double number = 0;
      if (!read_number(number) || number >= static_cast<double>(values_.size())) return false;
      const auto value = static_cast<size_t>(number);
      elements += values_[value];
      ++readers_[value];
      inputs.push_back(value);
    } while (take(","));
    return true;
  }

  void add_value(double elements) {
    values_.push_back(elements);
    readers_.push_back(0);
  }

  bool read_node() {
    const std::optional<std::string> op = until(" of ");
    double elements = 0;
    std::vector<size_t> inputs;
    std::string patterns;
    if (!op || !read_inputs(elements, inputs)) return false;
    std::vector<Sizes> weights;
    while (take(" w[")) {
      weights.emplace_back();
      if (!read_sizes(weights.back())) return false;
      elements += product(weights.back());
      patterns += pattern(" w", weights.back());
    }
    Sizes output;
    if (!take(" -> [") || !read_sizes(output)) return false;
    elements += product(output);
    add_value(product(output));
    const double macs = macs_of(output, weights);
    if (elements > kMostElements || macs > kMostMacs) return false;
    if (is_foldable(op->substr(0, op->find('('))) && inputs[0] >= block_inputs_) {
      may_fold_.emplace_back(out_.nodes.size(), inputs[0]);
    }
    out_.nodes.push_back({macs, elements * bytes_});
    out_.skeleton += "; " + without_depthwise_groups(*op, weights) + " of " + join(inputs, ",") +
                     patterns + pattern(" -> ", output);
    return true;
  }

  std::string_view key_;
  size_t at_ = 0;
  double bytes_ = 0;            // of one number
  std::vector<double> values_;  // elements of each value
  std::vector<int> readers_;    // of each value
  size_t block_inputs_ = 0;
  std::vector<std::pair<size_t, size_t>> may_fold_;  // a node and the value it reads
  KeyShape out_;
};

}  // namespace

std::optional<KeyShape> key_shape(const std::string& key) {
  KeyReader reader(key);
  if (!reader.read()) return std::nullopt;
  return std::move(reader.shape());
}

}  // namespace tailor::hw
