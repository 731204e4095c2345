// Running a language model token by token: prefill in pieces, then one token of every sequence at a
// time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/rng.h"
#include "supernet/space/search_space.h"
#include "supernet/torch/graph_net.h"

namespace tailor::train {

/// temperature 0: the likeliest token; else drawn from the probabilities at that temperature, of
/// the top_k likeliest alone where top_k is above 0.
struct Sampling {
  double temperature = 0;
  int64_t top_k = 0;
};

/// Room for ids [batch, tokens], all 0.
at::Tensor token_ids(int64_t batch, int64_t tokens);

class Generator {
 public:
  /// One network of a space with its weights; the store outlives it. capacity: tokens that will be
  /// read in all, so that caches are made once; 0: not known. chunk: tokens of a prefill read
  /// together.
  Generator(const SearchSpace& space, const Arch& arch, const supernet::ParameterStore& store,
            int64_t capacity, int64_t chunk = 512);

  /// Reads ids [batch, tokens] and returns logits [batch, vocabulary] behind the last ones.
  at::Tensor read(const at::Tensor& ids);
  /// Tokens [batch] by those logits.
  static at::Tensor pick(const at::Tensor& logits, const Sampling& sampling, Rng& rng);
  /// Reads a prompt and writes `count` tokens: [batch, count].
  at::Tensor generate(const at::Tensor& prompt, int64_t count, const Sampling& sampling, Rng& rng);

  /// As if so many tokens had been read, with nothing but zeros remembered of them: what decoding
  /// behind a long prompt costs, without reading one.
  void pretend(int64_t tokens);
  /// Forgets all sequences, and keeps nothing of their memory.
  void reset();
  /// Caches and recurrent states as they are allocated.
  int64_t state_bytes() const { return state_.bytes(); }

 private:
  supernet::GraphNet net_;
  supernet::SequenceState state_;
  int64_t chunk_;
};

}  // namespace tailor::train
