// Byte-pair encoding: a text's bytes as tokens, neighbours joined by the rank of their pair.
// Source: Sennrich et al. 2016; over bytes as in Radford et al. 2019 (GPT-2).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tailor {

/// Which pairs of tokens join, and in which order.
class BytePairs {
 public:
  /// Tokens of the 256 bytes.
  explicit BytePairs(const std::array<int32_t, 256>& bytes) : bytes_(bytes) {}

  /// left and right become `joined`; a lower rank goes first. A pair given again counts anew.
  void add(int32_t left, int32_t right, int32_t rank, int32_t joined);
  /// Appends the tokens of a piece of text, n log n: of all neighbours the pair of lowest rank
  /// joins, the leftmost of equals, until none is left.
  void encode(std::string_view piece, std::vector<int32_t>& out) const;

 private:
  struct Join {
    int32_t rank, joined;
  };
  const Join* find(int32_t left, int32_t right) const;

  std::array<int32_t, 256> bytes_;
  std::unordered_map<uint64_t, Join> joins_;
};

}  // namespace tailor
