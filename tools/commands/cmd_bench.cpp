// tailor bench: how good what we tell the user is, measured anew.
#include <iostream>

#include "core/error.h"
#include "core/file.h"
#include "tools/stages/latency_bench.h"
#include "tools/stages/stage.h"

namespace tailor::tools {
namespace {

void add_options(Options& options) {
  namespace po = boost::program_options;
  options.add_options()("what", po::value<std::string>(), "latency")(
      "archs", po::value<int64_t>(), "networks that are drawn and measured; 40 unless told")(
      "arch", po::value<std::vector<std::string>>(),
      "measure this arch instead of drawing; may be given many times")("json", "figures as JSON");
}

/// Another --seed draws other networks; the profile and the fit stay those of the config's seed.
int run(const CommandLine& line) {
  const std::string what = line.get<std::string>("what");
  if (what != "latency") {
    throw ConfigError(str("bench: needs what to measure: latency; got '", what, "'"));
  }
  const auto count = line.get<int64_t>("archs", 40);
  if (count < 2) throw ConfigError(str("bench: --archs must be at least 2, got ", count));
  CommonFlags flags = line.common;
  flags.seed.reset();
  const Session session(flags);
  if (!session.profile.device) throw ConfigError("bench latency: the config profiles no device");
  check_session(session);
  RunDir run(flags.run_dir);
  begin_run(session, run);
  run_stages(session, run, {"profile", "fit"});
  const Rng rng(static_cast<uint64_t>(line.common.seed.value_or(session.seed)));
  std::vector<Arch> archs;
  for (const auto& text : line.get<std::vector<std::string>>("arch")) {
    archs.push_back(session.space->parse(text));
  }
  const bool named = !archs.empty();
  if (!named) archs = draw_unseen(session, run, count, rng);
  const LatencyBench bench = bench_latency(session, run, std::move(archs));
  const hw::DeviceInfo device = session.device_info();
  write_file(run.file("bench/latency.csv"), bench.csv(*session.space));
  write_file(run.file("bench/latency.json"), bench.json(device));
  if (line.values.count("json")) {
    std::cout << bench.json(device, named ? session.space.get() : nullptr);
  } else {
    std::cout << (named ? bench.csv(*session.space) : bench.text(device));
  }
  return 0;
}

}  // namespace

extern const Command kBench;
const Command kBench = {
    "bench",
    "how well latency is predicted: networks drawn anew, predicted and measured",
    "tailor bench latency --config configs/profile/onnxruntime.yaml "
    "--run-dir runs/onnxruntime --seed 1",
    add_options,
    "what",
    run};

}  // namespace tailor::tools
