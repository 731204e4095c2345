// Causal attention: whole sequences, pieces of them behind a cache, and single tokens.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/huge_pages.h"
#include "supernet/ops/attention.h"
#include "supernet/torch/kernels/cpu/one_query.h"
#include "supernet/torch/kernels/cpu/parallel.h"
#include "supernet/torch/kernels/kernel.h"

namespace tailor::supernet {

Kernel run_attention;

namespace {

constexpr int64_t kQueries = 512;    // worked on together: the mask has that many rows
constexpr int64_t kPartRows = 1024;  // keys that a single query sees in one part

/// Keys and values of a layer, [B, h_kv, slots, d], and how many slots hold something.
struct Cache {
  at::Tensor keys, values;
};

/// [B, T, h, d] -> [B, h, T, d].
at::Tensor by_head(const at::Tensor& x) { return x.transpose(1, 2); }

/// Repeats key heads for the query heads that share them.
at::Tensor for_queries(const at::Tensor& x, int64_t heads) {
  return x.size(1) == heads ? x : x.repeat_interleave(heads / x.size(1), 1);
}

/// q [B, h, T, d]; k, v [B, h_kv, L, d], of which the last T are the queries' own.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t window) {
  const int64_t tokens = q.size(2), all = k.size(2), before = all - tokens;
  const at::Tensor keys = for_queries(k, q.size(1)), values = for_queries(v, q.size(1));
  if (before == 0 && (window == 0 || window >= tokens)) {
    return at::scaled_dot_product_attention(q, keys, values, {}, 0, true);
  }
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < tokens; begin += kQueries) {
    const int64_t count = std::min(kQueries, tokens - begin), end = before + begin + count;
    const int64_t first = window > 0 ? std::max<int64_t>(0, before + begin - window + 1) : 0;
    const at::Tensor row = at::arange(before + begin, end, at::kLong).unsqueeze(1);
    const at::Tensor column = at::arange(first, end, at::kLong).unsqueeze(0);
    at::Tensor seen = column <= row;
    if (window > 0) seen = seen.logical_and(column > row - window);
    parts.push_back(at::scaled_dot_product_attention(
        q.narrow(2, begin, count), keys.narrow(2, first, end - first),
        values.narrow(2, first, end - first), seen.to(q.device()), 0, false));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts, 2);
}

/// One query a sequence over `used` slots in any order, by products of ATen's: q [B, h, 1, d].
at::Tensor attend_one_by_products(const at::Tensor& q, const Cache& cache, int64_t used) {
  const int64_t batch = q.size(0), kv = cache.keys.size(1), d = q.size(3), group = q.size(1) / kv;
  const at::Tensor grouped = q.reshape({batch, kv, group, d});
  const at::Tensor keys = cache.keys.narrow(2, 0, used), values = cache.values.narrow(2, 0, used);
  const at::Tensor scores =
      at::matmul(grouped, keys.transpose(2, 3)) * (1 / std::sqrt(static_cast<double>(d)));
  return at::matmul(at::softmax(scores, -1), values).reshape({batch, kv * group, 1, d});
}

/// The same with keys and values read once: rows are cut into parts, so that a single sequence
/// fills every thread; parts do not depend on the number of threads. Stored: see cpu::OneQuery.
template <class Stored>
at::Tensor attend_one_by_rows(const at::Tensor& q, const Cache& cache, int64_t used) {
  const int64_t batch = q.size(0), kv = cache.keys.size(1), d = q.size(3), group = q.size(1) / kv;
  const int64_t slots = cache.keys.size(2), parts = (used + kPartRows - 1) / kPartRows;
  const at::Tensor scaled =
      (q.to(at::kFloat) * (1 / std::sqrt(static_cast<double>(d)))).contiguous();
  at::Tensor most = at::empty({batch * kv, parts, group}), sum = at::empty_like(most);
  at::Tensor weighted = at::empty({batch * kv, parts, group, d});
  at::Tensor out = at::empty({batch, kv * group, 1, d});
  const float* pq = scaled.data_ptr<float>();
  const auto* keys = static_cast<const Stored*>(cache.keys.data_ptr());
  const auto* values = static_cast<const Stored*>(cache.values.data_ptr());
  float *pm = most.data_ptr<float>(), *ps = sum.data_ptr<float>(), *pw = weighted.data_ptr<float>();
  const int64_t pieces = batch * kv * parts;
  std::atomic<int64_t> taken = 0;  // a core that reads memory faster takes more pieces
  cpu::parallel_for(0, std::min<int64_t>(pieces, at::get_num_threads()), 1, [&](int64_t, int64_t) {
    std::vector<float> scores(static_cast<size_t>(group * std::min(used, kPartRows)));
    for (int64_t i = taken++; i < pieces; i = taken++) {
      const int64_t head = i / parts, begin = i % parts * kPartRows;
      cpu::attend_rows(cpu::OneQuery<Stored>{.q = pq + head * group * d,
                                             .keys = keys + head * slots * d,
                                             .values = values + head * slots * d,
                                             .begin = begin,
                                             .end = std::min(used, begin + kPartRows),
                                             .group = group,
                                             .d = d},
                       scores.data(), pm + i * group, ps + i * group, pw + i * group * d);
    }
  });
  for (int64_t head = 0; head < batch * kv; ++head) {
    const int64_t at = head * parts * group;
    cpu::join_rows(parts, group, d, pm + at, ps + at, pw + at * d,
                   out.data_ptr<float>() + head * group * d);
  }
  return out.to(q.scalar_type());
}

at::Tensor attend_one(const at::Tensor& q, const Cache& cache, int64_t used) {
  const at::ScalarType type = q.scalar_type();
  if (q.is_cpu() && type == at::kFloat) return attend_one_by_rows<float>(q, cache, used);
  if (q.is_cpu() && type == at::kBFloat16) return attend_one_by_rows<uint16_t>(q, cache, used);
  return attend_one_by_products(q, cache, used);
}

/// Room for `wanted` slots with the old content in front, zeros behind it.
at::Tensor resized(const at::Tensor& old, const at::Tensor& like, int64_t wanted) {
  if (old.defined() && old.size(2) >= wanted) return old;
  at::Tensor grown = at::empty({like.size(0), like.size(1), wanted, like.size(3)}, like.options());
  if (grown.is_cpu()) prefer_huge_pages(grown.data_ptr(), grown.nbytes());
  grown.zero_();
  if (old.defined()) grown.narrow(2, 0, old.size(2)).copy_(old);
  return grown;
}

class CachedAttention {
 public:
  CachedAttention(NodeState& state, int64_t window) : state_(state), window_(window) {
    if (!state.tensors.empty()) cache_ = {state.tensors[0], state.tensors[1]};
  }

  at::Tensor run(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    if (cache_.keys.defined() && cache_.keys.size(0) != k.size(0)) {
      throw ShapeError(
          str("attention: the cache holds ", cache_.keys.size(0), " sequences, got ", k.size(0)));
    }
    at::Tensor out = window_ > 0 ? windowed(q, k, v) : full(q, k, v);
    state_.tensors = {cache_.keys, cache_.values};
    return out;
  }

 private:
  at::Tensor full(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    const int64_t used = state_.position + k.size(2);
    int64_t slots = std::max(state_.capacity, used);
    if (state_.capacity == 0 && cache_.keys.defined() && cache_.keys.size(2) < used) {
      slots = std::max(used, 2 * cache_.keys.size(2));
    }
    reserve(k, slots);
    write(k, v, state_.position);
    if (k.size(2) == 1) return attend_one(q, cache_, used);
    return attend(q, cache_.keys.narrow(2, 0, used), cache_.values.narrow(2, 0, used), 0);
  }

  /// Token p lies in slot p % slots; softmax does not mind their order.
  at::Tensor windowed(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    const int64_t tokens = k.size(2), used = state_.position + tokens;
    const int64_t most = state_.capacity > 0 ? std::max(state_.capacity, used) : window_;
    const Cache old = {ordered(cache_.keys), ordered(cache_.values)};
    const bool wraps = tokens > 1 && old.keys.defined();
    at::Tensor keys = wraps ? at::cat({old.keys, k}, 2) : k;
    at::Tensor values = wraps ? at::cat({old.values, v}, 2) : v;
    reserve(k, std::min(window_, most));
    if (tokens == 1) {
      write(k, v, state_.position % cache_.keys.size(2));
      return attend_one(q, cache_, std::min(used, cache_.keys.size(2)));
    }
    at::Tensor out = attend(q, keys, values, window_);
    const int64_t kept = std::min(keys.size(2), cache_.keys.size(2));
    for (int64_t i = 0; i < kept; ++i) {
      const int64_t from = keys.size(2) - kept + i, slot = (used - kept + i) % cache_.keys.size(2);
      cache_.keys.select(2, slot).copy_(keys.select(2, from));
      cache_.values.select(2, slot).copy_(values.select(2, from));
    }
    return out;
  }

  /// The slots in the order of their tokens; undefined when none is used.
  at::Tensor ordered(const at::Tensor& slots) const {
    if (!slots.defined() || state_.position == 0) return {};
    const int64_t size = slots.size(2), used = std::min(state_.position, size);
    const int64_t start = (state_.position - used) % size, tail = std::min(used, size - start);
    const at::Tensor front = slots.narrow(2, start, tail);
    return tail == used ? front : at::cat({front, slots.narrow(2, 0, used - tail)}, 2);
  }

  void reserve(const at::Tensor& like, int64_t slots) {
    cache_ = {resized(cache_.keys, like, slots), resized(cache_.values, like, slots)};
  }

  void write(const at::Tensor& k, const at::Tensor& v, int64_t slot) {
    cache_.keys.narrow(2, slot, k.size(2)).copy_(k);
    cache_.values.narrow(2, slot, v.size(2)).copy_(v);
  }

  NodeState& state_;
  int64_t window_;
  Cache cache_;
};

}  // namespace

at::Tensor run_attention(const KernelCall& call) {
  const int64_t window = static_cast<const Attention&>(*call.node.op).window;
  const at::Tensor q = by_head(call.inputs[0]), k = by_head(call.inputs[1]),
                   v = by_head(call.inputs[2]);
  const at::Tensor out =
      call.state ? CachedAttention(*call.state, window).run(q, k, v) : attend(q, k, v, window);
  return out.transpose(1, 2).contiguous();
}

}  // namespace tailor::supernet
