// How fast a language model reads and writes, and what its memory of sequences takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "supernet/space/search_space.h"
#include "supernet/torch/parameter_store.h"

namespace tailor::tools {

/// context: tokens of the prompt; tokens: written behind it, greedily, without a stop; rounds: the
/// median counts, after one that does not. prefill: time the reading of the prompt, else pretend
/// that it was read (caches then hold zeros, and decoding takes as long).
struct GenerateBenchOptions {
  Precision precision = Precision::f32;  ///< of the store, for the figures
  int64_t context = 1024, batch = 1, tokens = 32, chunk = 512, rounds = 3;
  bool prefill = true;
};

/// Seconds are medians; state_bytes as allocated; peak_bytes: the process's largest resident size.
struct GenerateFigures {
  Precision precision = Precision::f32;
  int64_t context = 0, batch = 0;
  double prefill_seconds = 0, prefill_tokens_per_second = 0, decode_tokens_per_second = 0;
  int64_t state_bytes = 0, peak_bytes = 0;
};

/// The protocol of Gu et al. 2025 (NVlabs/Jet-Nemotron, README "Throughput"): random ids, prefill
/// in chunks and decoding timed apart. Throws ConfigError for a network that reads no tokens.
GenerateFigures bench_generate(const SearchSpace& space, const Arch& arch,
                               const supernet::ParameterStore& store,
                               const GenerateBenchOptions& options);

/// The largest batch whose caches and states take at most `bytes` at `context` tokens; 0: none.
int64_t largest_batch(const SearchSpace& space, const Arch& arch, int64_t context, int64_t bytes,
                      Precision precision = Precision::f32);

std::string figures_json(const std::vector<GenerateFigures>& figures);
std::string figures_text(const std::vector<GenerateFigures>& figures);

}  // namespace tailor::tools
