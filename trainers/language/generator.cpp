// Prefill, decoding, choosing tokens.
#include "trainers/language/generator.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"

namespace tailor::train {

at::Tensor token_ids(int64_t batch, int64_t tokens) {
  return at::zeros({batch, tokens}, at::kLong);
}

Generator::Generator(const SearchSpace& space, const Arch& arch,
                     const supernet::ParameterStore& store, int64_t capacity, int64_t chunk)
    : net_(space.lower(arch, {.tokens = 1, .phase = Phase::prefill}), store), chunk_(chunk) {
  TAILOR_CHECK(chunk >= 1 && capacity >= 0, "chunk ", chunk, ", capacity ", capacity);
  state_.capacity = capacity;
}

void Generator::reset() { state_ = {.capacity = state_.capacity}; }

void Generator::pretend(int64_t tokens) {
  reset();
  state_.tokens = tokens;
}

at::Tensor Generator::read(const at::Tensor& ids) {
  at::Tensor logits;
  for (int64_t begin = 0; begin < ids.size(1); begin += chunk_) {
    logits = net_.forward(ids.narrow(1, begin, std::min(chunk_, ids.size(1) - begin)), state_);
  }
  return logits.select(1, 0);
}

at::Tensor Generator::pick(const at::Tensor& logits, const Sampling& sampling, Rng& rng) {
  if (sampling.temperature <= 0) return logits.argmax(1);
  at::Tensor scaled = logits.to(at::kDouble) / sampling.temperature;
  if (sampling.top_k > 0 && sampling.top_k < logits.size(1)) {
    const at::Tensor least =
        std::get<0>(scaled.topk(sampling.top_k, 1)).narrow(1, sampling.top_k - 1, 1);
    scaled = scaled.masked_fill(scaled < least, -INFINITY);
  }
  const at::Tensor sums = at::softmax(scaled, 1).cumsum(1);
  at::Tensor picked = at::empty({logits.size(0)}, at::kLong);
  for (int64_t n = 0; n < logits.size(0); ++n) {
    const at::Tensor row = sums[n];
    const double point = rng.uniform() * row[-1].item<double>();
    picked[n] =
        std::min(at::searchsorted(row, point, false, true).item<int64_t>(), logits.size(1) - 1);
  }
  return picked;
}

at::Tensor Generator::generate(const at::Tensor& prompt, int64_t count, const Sampling& sampling,
                               Rng& rng) {
  std::vector<at::Tensor> tokens;
  at::Tensor next = prompt;
  for (int64_t i = 0; i < count; ++i) {
    next = pick(read(next), sampling, rng).unsqueeze(1);
    tokens.push_back(next);
  }
  return tokens.empty() ? prompt.narrow(1, 0, 0) : at::cat(tokens, 1);
}

}  // namespace tailor::train
