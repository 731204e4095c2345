// Stage report: the page about the run.
#include "core/error.h"
#include "core/file.h"
#include "supernet/ops/conv2d.h"
#include "tools/report/report_data.h"
#include "tools/stages/estimators.h"
#include "tools/stages/final_winner.h"
#include "tools/stages/stage.h"

namespace tailor::tools {
namespace {

/// "conv2d 3x3, batch_norm, activation" from a block's nodes, convolutions with kernel and stride.
std::string block_summary(const Block& block) {
  std::vector<std::string> parts;
  for (const Node& node : block.nodes) {
    if (node.op->kind() == "conv2d") {
      const Shape w = node.weight(Role::weight)->used_shape();
      const bool depthwise = static_cast<const Conv2d&>(*node.op).groups > 1;
      parts.push_back(str(depthwise ? "depthwise " : "conv ", w[2], "×", w[3], " → ", w[0]));
    } else if (node.op->kind() == "linear") {
      parts.push_back(str("linear → ", node.shape.back()));
    } else if (node.op->kind() == "add") {
      parts.push_back("residual");
    } else if (node.op->kind() == "multiply") {
      parts.push_back("gate");
    }
  }
  return join(parts, ", ");
}

std::vector<report::Block> blocks_of(const NetworkSpec& spec, const hw::LatencyTable& table) {
  std::vector<report::Block> out;
  for (const BlockUse& use : spec.blocks) {
    const Block& b = *use.block;
    report::Block block{.name = b.name,
                        .summary = block_summary(b),
                        .output_shape = shape_text(b.output()),
                        .macs = b.macs,
                        .params = b.params};
    if (const hw::TableEntry* entry = table.find(b.key)) block.latency_ms = entry->median_ms;
    out.push_back(std::move(block));
  }
  return out;
}

/// The finalists' winner, or the search's where there are no images to choose finalists by. What is
/// known of it after fine-tuning goes into the data.
std::string name_winner(const Session& s, const RunDir& run, report::ReportData& data) {
  if (!s.data) {
    if (!data.winner) throw IoError(run.file("search/result.yaml") + ": has no best arch");
    return data.winner->arch;
  }
  const FinalistRow winner = final_winner(s, run);
  if (data.winner && winner.note == kFinetuned) {
    data.winner->accuracy = winner.accuracy;
    data.winner->note = winner.note;
  }
  return winner.arch;
}

}  // namespace

std::vector<std::string> run_report(const Session& s, RunDir& run, const std::string&) {
  report::ReportData data = report::load_report_data(run.path());
  data.title = s.report.title;
  const std::string winner = name_winner(s, run, data);
  hw::LatencyTable table;  // without entries where latency is learned from whole networks
  if (!s.profile.whole) table = hw::LatencyTable::load(run.file("profile/lut.yaml"));
  const NetworkSpec spec = s.space->lower(s.space->parse(winner), s.profile.device->workload());
  data.blocks = blocks_of(spec, table);
  write_file(run.file("report.html"), report::report_html(data));
  return {"report.html"};
}

}  // namespace tailor::tools
