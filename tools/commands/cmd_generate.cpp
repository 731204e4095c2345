// tailor generate: a language model goes on with a text.
#include <algorithm>
#include <iostream>

#include <ATen/core/Tensor.h>

#include "core/error.h"
#include "tools/stages/language_model.h"
#include "trainers/language/generator.h"

namespace tailor::tools {
namespace {

void add_options(Options& options) {
  namespace po = boost::program_options;
  add_model_options(options);
  options.add_options()("arch", po::value<std::string>(),
                        "the network; without it the hybrid of the run folder")(
      "prompt", po::value<std::string>(), "text to go on with")("tokens", po::value<int64_t>(),
                                                                "to write; 100 unless told")(
      "temperature", po::value<double>(), "0, unless told: the likeliest token each time")(
      "top-k", po::value<int64_t>(), "draw from that many likeliest tokens alone");
}

/// Ids [1, tokens] of the prompt.
at::Tensor to_ids(const Tokenizer& tokenizer, const std::string& text) {
  const std::vector<int64_t> ids = tokenizer.encode(text);
  if (ids.empty()) throw ConfigError("generate: --prompt gives no token");
  at::Tensor out = train::token_ids(1, static_cast<int64_t>(ids.size()));
  std::copy(ids.begin(), ids.end(), out.data_ptr<int64_t>());
  return out;
}

/// Tokens with which a text ends: none where the model does not say.
std::vector<int64_t> end_tokens(const LanguageModel& model) {
  return model.config ? model.config->end_tokens : std::vector<int64_t>();
}

int run(const CommandLine& line) {
  const std::string prompt = line.required("prompt");
  const auto count = line.get<int64_t>("tokens", 100);
  const train::Sampling sampling{.temperature = line.get<double>("temperature", 0),
                                 .top_k = line.get<int64_t>("top-k", 0)};
  if (count < 1 || sampling.temperature < 0 || sampling.top_k < 0) {
    throw ConfigError(
        "generate: --tokens must be at least 1, --temperature and --top-k not below 0");
  }
  const LanguageModel model = open_language_model(line, line.get<std::string>("arch"));
  const Tokenizer tokenizer = open_tokenizer(model);
  at::Tensor next = to_ids(tokenizer, prompt);
  train::Generator generator(*model.space, model.arch, model.store, next.size(1) + count);
  Rng rng(static_cast<uint64_t>(line.common.seed.value_or(0)));
  const std::vector<int64_t> ends = end_tokens(model);
  for (int64_t i = 0; i < count; ++i) {
    next = train::Generator::pick(generator.read(next), sampling, rng).unsqueeze(1);
    const auto id = next.item<int64_t>();
    if (std::find(ends.begin(), ends.end(), id) != ends.end()) break;
    std::cout << tokenizer.token_bytes(id) << std::flush;
  }
  std::cout << "\n";
  return 0;
}

}  // namespace

extern const Command kGenerate;
const Command kGenerate = {
    "generate",
    "a language model goes on with a text",
    "tailor generate --config configs/postnas/tinyshakespeare.yaml --run-dir runs/postnas "
    "--prompt \"ROMEO:\" --tokens 200 --temperature 0.8",
    add_options,
    "",
    run};

}  // namespace tailor::tools
