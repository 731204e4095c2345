// Joining pairs with a queue.
#include "supernet/formats/byte_pairs.h"

#include <queue>
#include <tuple>

namespace tailor {
namespace {

uint64_t key_of(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

/// A token in a list of what is left of the piece; `next` of the last and `previous` of the first
/// are -1. token -1: it has been joined to the one before.
struct Link {
  int32_t token;
  int64_t previous, next;
};

/// A pair that could join: of rank, at a place, into a token.
struct Candidate {
  int32_t rank;
  int64_t at;
  int32_t joined;

  bool operator>(const Candidate& other) const {
    return std::tie(rank, at) > std::tie(other.rank, other.at);
  }
};

}  // namespace

void BytePairs::add(int32_t left, int32_t right, int32_t rank, int32_t joined) {
  joins_[key_of(left, right)] = {rank, joined};
}

const BytePairs::Join* BytePairs::find(int32_t left, int32_t right) const {
  const auto found = joins_.find(key_of(left, right));
  return found == joins_.end() ? nullptr : &found->second;
}

void BytePairs::encode(std::string_view piece, std::vector<int32_t>& out) const {
  const auto count = static_cast<int64_t>(piece.size());
  std::vector<Link> links;
  links.reserve(piece.size());
  for (int64_t i = 0; i < count; ++i) {
    const auto byte = static_cast<uint8_t>(piece[static_cast<size_t>(i)]);
    links.push_back({bytes_[byte], i - 1, i + 1 < count ? i + 1 : -1});
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto link = [&](int64_t at) -> Link& { return links[static_cast<size_t>(at)]; };
  const auto offer = [&](int64_t at) {
    if (at < 0 || link(at).next < 0) return;
    const Join* join = find(link(at).token, link(link(at).next).token);
    if (join) queue.push({join->rank, at, join->joined});
  };
  for (int64_t i = 0; i < count; ++i) offer(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Link& left = link(best.at);
    if (left.token < 0 || left.next < 0) continue;
    Link& right = link(left.next);
    const Join* join = find(left.token, right.token);
    if (!join || join->joined != best.joined) continue;  // its neighbour has changed
    left.token = join->joined;
    left.next = right.next;
    right.token = -1;
    if (left.next >= 0) link(left.next).previous = best.at;
    offer(left.previous);
    offer(best.at);
  }
  for (int64_t i = 0; i >= 0 && i < count; i = link(i).next) out.push_back(link(i).token);
}

}  // namespace tailor
