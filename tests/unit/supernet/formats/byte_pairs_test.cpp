#include "supernet/formats/byte_pairs.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/rng.h"
#include "tests/support/catch.h"

using tailor::BytePairs;

namespace {

BytePairs of_bytes() {
  std::array<int32_t, 256> bytes{};
  std::iota(bytes.begin(), bytes.end(), 0);
  return BytePairs(bytes);
}

std::vector<int32_t> encode(const BytePairs& pairs, const std::string& text) {
  std::vector<int32_t> out;
  pairs.encode(text, out);
  return out;
}

/// The definition: the pair of lowest rank joins, the leftmost first.
std::vector<int32_t> one_by_one(
    const std::map<std::pair<int32_t, int32_t>, std::pair<int32_t, int32_t>>& joins,
    const std::string& text) {
  std::vector<int32_t> tokens(text.begin(), text.end());
  while (true) {
    int32_t best = INT32_MAX;
    size_t at = 0;
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
      const auto found = joins.find({tokens[i], tokens[i + 1]});
      if (found != joins.end() && found->second.first < best) {
        best = found->second.first;
        at = i;
      }
    }
    if (best == INT32_MAX) return tokens;
    tokens[at] = joins.at({tokens[at], tokens[at + 1]}).second;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
}

}  // namespace

TEST_CASE("pairs join by rank, then from the left") {
  BytePairs pairs = of_bytes();
  CHECK(encode(pairs, "").empty());
  CHECK(encode(pairs, "ab") == std::vector<int32_t>{'a', 'b'});
  pairs.add('a', 'a', 0, 256);
  CHECK(encode(pairs, "aaa") == std::vector<int32_t>{256, 'a'});
  pairs.add('a', 'b', 1, 257);
  CHECK(encode(pairs, "aab") == std::vector<int32_t>{256, 'b'});
  pairs.add('a', 'a', 2, 256);  // given again: now after the other
  CHECK(encode(pairs, "aab") == std::vector<int32_t>{'a', 257});
  pairs.add('a', 257, 3, 258);
  CHECK(encode(pairs, "aabaab") == std::vector<int32_t>{258, 258});
  CHECK(encode(pairs, "\xff") == std::vector<int32_t>{255});
}

TEST_CASE("the queue gives what joining one by one gives") {
  tailor::Rng rng(7);
  for (int round = 0; round < 200; ++round) {
    BytePairs pairs = of_bytes();
    std::map<std::pair<int32_t, int32_t>, std::pair<int32_t, int32_t>> joins;
    std::vector<int32_t> tokens = {'a', 'b', 'c'};
    for (int32_t rank = 0; rank < 12; ++rank) {
      const auto pick = [&] {
        return tokens[static_cast<size_t>(rng.below(static_cast<int64_t>(tokens.size())))];
      };
      const int32_t left = pick(), right = pick();
      if (joins.contains({left, right})) continue;
      pairs.add(left, right, rank, 256 + rank);
      joins[{left, right}] = {rank, 256 + rank};
      tokens.push_back(256 + rank);
    }
    std::string text;
    for (int64_t i = rng.below(60); i > 0; --i) text += static_cast<char>('a' + rng.below(3));
    CHECK(encode(pairs, text) == one_by_one(joins, text));
  }
}

TEST_CASE("a long piece takes no quadratic time") {
  BytePairs pairs = of_bytes();
  for (int32_t level = 0; level < 16; ++level) {
    const int32_t half = level == 0 ? 'a' : 255 + level;
    pairs.add(half, half, level, 256 + level);
  }
  const std::vector<int32_t> tokens = encode(pairs, std::string(1 << 20, 'a'));
  CHECK(tokens == std::vector<int32_t>(16, 271));
}
