// report_sample FULL.html EMPTY.html HOSTILE.html: pages for report_render_test.sh.
#include "core/file.h"
#include "core/str.h"
#include "tests/unit/tools/report_sample.h"

namespace {

using namespace tailor;

/// Every text of the page tries to end its element and to run a script.
report::ReportData hostile_report() {
  const std::string bad = "</script></td><script>document.title='owned'</script>\"'\xff<!--";
  report::ReportData data = report::sample_report();
  data.title = data.config_text = bad;
  data.facts = data.quality = data.latency_header = data.versions = {{bad, bad}};
  data.notes = data.commands = {bad};
  data.winner->arch = bad;
  for (report::Network& network : data.finalists) network.arch = network.note = bad;
  for (report::Network& network : data.front) network.arch = bad;
  for (report::Subnet& subnet : data.subnets) subnet.arch = bad;
  for (report::LatencyEntry& entry : data.latency) entry.block += bad;
  for (report::LoopRow& row : data.loop) row.arch = row.note = bad;
  for (auto& [group, share] : data.axis_shares) group = bad;
  for (report::Block& block : data.blocks) block.name = block.summary = block.output_shape = bad;
  for (std::string& name : data.history.header) name += bad;
  return data;
}

}  // namespace

int main(int count, char** values) {
  if (count != 4) return 2;
  write_file(values[1], report_html(report::sample_report()));
  report::ReportData empty;
  empty.title = "tailor: nothing yet";
  write_file(values[2], report_html(empty));
  write_file(values[3], report_html(hostile_report()));
  return 0;
}
