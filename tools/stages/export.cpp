// Stage export: the winner as files for other runtimes, read back and compared before it is done.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "supernet/export/torchscript.h"
#include "supernet/space/cost.h"
#include "supernet/space/passes.h"
#include "supernet/torch/graph_net.h"
#include "tools/stages/final_winner.h"
#include "tools/stages/stage.h"

namespace tailor::tools {
namespace {

using supernet::GraphNet;
using supernet::RunMode;

/// Ours against itself after a trip through the file: differences come from nowhere but the file.
constexpr double kTolerance = 1e-5;

ExportedNetwork describe(const Session& s, const GraphNet& net, const FinalistRow& row) {
  const train::DataInfo info = s.data->info();
  ExportedNetwork out;
  out.spec = standalone(net.spec());
  for (const auto& [name, value] : net.weights()) {
    out.weights.tensors.emplace(name, supernet::to_host(value));
  }
  const Arch arch = s.space->parse(row.arch);
  out.published_config = s.space->published_config(arch);
  for (const auto& [name, value] : out.weights.tensors) {
    out.published_names[name] = s.space->published_subnet_name(arch, name);
  }
  out.title = s.exports.name;
  out.image_size = net.spec().inputs[0][2];
  out.channels = info.channels;
  out.mean = info.mean;
  out.std = info.std;
  out.class_names = info.class_names;
  const Cost cost = network_cost(net.spec());
  const hw::DeviceInfo device = s.profile.device->info();
  out.card = {{"test accuracy", number(row.accuracy)},
              {"validation accuracy", number(row.validation_accuracy)},
              {"latency, measured (ms)", number(row.latency_ms)},
              {"latency, predicted (ms)", number(row.predicted_latency_ms)},
              {"device", str(device.device, ", ", device.runtime, " ", device.version, ", ",
                             device.threads, " thread(s), batch ", device.batch)},
              {"MACs", str(cost.macs)},
              {"parameters", str(cost.params)},
              {"search space", s.space->name()}};
  return out;
}

/// What a written file computes.
at::Tensor run_file(const std::string& path, const std::string& format, const at::Tensor& x) {
  if (format == "torchscript") {
    return supernet::from_host(run_torchscript(read_file(path), supernet::to_host(x)));
  }
  const ExportedNetwork read = load_network_file(path);
  supernet::ExtractedNetwork again = supernet::from_tensors(read.spec, read.weights);
  return GraphNet(again.spec, again.store).forward(x, RunMode::eval);
}

/// Reads a file back and compares its outputs with the network in memory.
void check(const std::string& path, const std::string& format, GraphNet& net) {
  Shape shape = net.spec().inputs[0];
  shape[0] = 4;
  const at::Tensor x = at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(1));
  at::NoGradGuard no_grad;
  const at::Tensor want = net.forward(x, RunMode::eval), got = run_file(path, format, x);
  const double scale = want.abs().max().item().toDouble();
  const double error = want.sub(got).abs().max().item().toDouble() / std::max(scale, 1e-12);
  if (!(error <= kTolerance)) {
    throw Error(str(path, ": read back, its outputs differ from the network in memory by ", error,
                    " (relative); at most ", kTolerance, " is allowed"));
  }
  log_info("export: ", path, " read back, largest relative difference ", error);
}

}  // namespace

std::vector<std::string> run_export(const Session& s, RunDir& run, const std::string&) {
  const FinalistRow winner = final_winner(s, run);
  const supernet::ParameterStore store = final_weights(s, run, winner);
  train::SubnetEvaluator evaluator(*s.space, *s.data, store, s.evaluate.evaluator);
  GraphNet net = evaluator.recalibrated(s.space->parse(winner.arch));
  const ExportedNetwork network = describe(s, net, winner);
  const ExporterRegistry exporters = all_exporters();
  std::vector<std::string> files;
  const std::vector<std::string> formats =
      s.exports.formats.empty() ? exporters.names() : s.exports.formats;
  for (const std::string& name : formats) {
    const std::unique_ptr<Exporter> exporter = exporters.create(name, ConfigNode::empty("export"));
    if (s.exports.formats.empty() && !exporter->fits(network)) continue;
    files.push_back(str("export/", s.exports.name, "/", exporter->file_name()));
    write_file(run.file(files.back()), exporter->bytes(network));
    if (name == "safetensors" || name == "torchscript") check(run.file(files.back()), name, net);
  }
  return files;
}

}  // namespace tailor::tools
