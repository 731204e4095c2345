// Timing prefill and decoding.
#include "tools/stages/generate_bench.h"

#include <ATen/core/Tensor.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "core/interrupt.h"
#include "supernet/space/cost.h"
#include "trainers/language/generator.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {
namespace {

double seconds_of(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

at::Tensor random_ids(int64_t batch, int64_t tokens, int64_t vocabulary) {
  at::Tensor ids = train::token_ids(batch, tokens);
  Rng rng(0);
  auto* p = ids.data_ptr<int64_t>();
  for (int64_t i = 0; i < ids.numel(); ++i) p[i] = rng.below(vocabulary);
  return ids;
}

int64_t peak_resident_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

}  // namespace

GenerateFigures bench_generate(const SearchSpace& space, const Arch& arch,
                               const supernet::ParameterStore& store,
                               const GenerateBenchOptions& o) {
  const int64_t ids = train::vocabulary_size(space, arch);
  const at::Tensor prompt = o.prefill ? random_ids(o.batch, o.context, ids) : at::Tensor();
  const at::Tensor first = random_ids(o.batch, 1, ids);
  train::Generator generator(space, arch, store, o.context + o.tokens, o.chunk);
  Rng rng(0);
  std::vector<double> prefill, decode;
  GenerateFigures out{.precision = o.precision, .context = o.context, .batch = o.batch};
  for (int64_t round = 0; round <= o.rounds; ++round) {
    throw_if_interrupted();
    generator.reset();
    at::Tensor next = first;
    if (o.prefill) {
      prefill.push_back(seconds_of([&] { next = generator.read(prompt).argmax(1).unsqueeze(1); }));
    } else {
      generator.pretend(o.context - 1);
      next = generator.read(first).argmax(1).unsqueeze(1);  // makes the caches
    }
    decode.push_back(seconds_of([&] { generator.generate(next, o.tokens, {}, rng); }));
    out.state_bytes = generator.state_bytes();
  }
  decode.erase(decode.begin());
  const auto sequences = static_cast<double>(o.batch);
  out.decode_tokens_per_second = sequences * static_cast<double>(o.tokens) / median(decode);
  if (o.prefill) {
    prefill.erase(prefill.begin());
    out.prefill_seconds = median(prefill);
    out.prefill_tokens_per_second =
        sequences * static_cast<double>(o.context) / out.prefill_seconds;
  }
  out.peak_bytes = peak_resident_bytes();
  return out;
}

int64_t largest_batch(const SearchSpace& space, const Arch& arch, int64_t context, int64_t bytes,
                      Precision precision) {
  const Workload load{
      .tokens = 1, .context = context - 1, .phase = Phase::decode, .precision = precision};
  const int64_t each = network_cost(space.lower(arch, load)).state_bytes;
  if (each == 0) throw ConfigError(str("'", space.name(), "' remembers nothing of a sequence"));
  return bytes / each;
}

std::string figures_json(const std::vector<GenerateFigures>& figures) {
  nlohmann::json rows = nlohmann::json::array();
  for (const GenerateFigures& f : figures) {
    nlohmann::json row = {{"precision", precision_name(f.precision)},
                          {"context", f.context},
                          {"batch", f.batch},
                          {"decode_tokens_per_second", f.decode_tokens_per_second},
                          {"state_bytes", f.state_bytes},
                          {"peak_bytes", f.peak_bytes}};
    if (f.prefill_seconds > 0) {
      row["prefill_seconds"] = f.prefill_seconds;
      row["prefill_tokens_per_second"] = f.prefill_tokens_per_second;
    }
    rows.push_back(std::move(row));
  }
  return rows.dump(2) + "\n";
}

std::string figures_text(const std::vector<GenerateFigures>& figures) {
  std::ostringstream out;
  out << "precision  context  batch  prefill s  decode tokens/s  state MiB  peak MiB\n"
      << std::fixed;
  for (const GenerateFigures& f : figures) {
    out << std::setw(9) << precision_name(f.precision) << std::setw(9) << f.context << std::setw(7)
        << f.batch << std::setw(11) << std::setprecision(3) << f.prefill_seconds << std::setw(17)
        << std::setprecision(1) << f.decode_tokens_per_second << std::setw(11)
        << static_cast<double>(f.state_bytes) / (1 << 20) << std::setw(10)
        << static_cast<double>(f.peak_bytes) / (1 << 20) << "\n";
  }
  return out.str();
}

}  // namespace tailor::tools
