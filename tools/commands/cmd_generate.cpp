// tailor generate: a language model goes on with a text.
#include <iostream>

#include <torch/torch.h>

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

at::Tensor to_ids(const std::string& text) {
  at::Tensor ids = at::empty({1, static_cast<int64_t>(text.size())}, at::kLong);
  for (size_t i = 0; i < text.size(); ++i) {
    ids[0][static_cast<int64_t>(i)] = static_cast<uint8_t>(text[i]);
  }
  return ids;
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
  train::Generator generator(*model.space, model.arch, model.store,
                             static_cast<int64_t>(prompt.size()) + count);
  Rng rng(static_cast<uint64_t>(line.common.seed.value_or(0)));
  at::Tensor next = to_ids(prompt);
  for (int64_t i = 0; i < count; ++i) {
    next = train::Generator::pick(generator.read(next), sampling, rng).unsqueeze(1);
    std::cout << static_cast<char>(next.item<int64_t>()) << std::flush;
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
