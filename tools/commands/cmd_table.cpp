// tailor table: latency tables shown, merged and compared.
#include <algorithm>
#include <iostream>

#include "core/error.h"
#include "hardware_profiles/table_merge.h"
#include "tools/command_line.h"

namespace tailor::tools {
namespace {

namespace po = boost::program_options;
using hw::LatencyTable;

void add_options(Options& options) {
  options.add_options()("words", po::value<std::vector<std::string>>(),
                        "show FILE | diff FILE FILE | merge FILE FILE")(
      "output", po::value<std::string>(), "merge: where the result goes");
}

void show(const LatencyTable& table) {
  const hw::TableHeader& header = table.header();
  const hw::DeviceInfo& device = header.device;
  std::cout << device.device << "\n"
            << device.runtime << " " << device.version << ", " << device.precision << ", batch "
            << device.batch << ", " << device.threads << " threads, begun " << header.date
            << "\nspace " << header.space << ", blocks measured " << header.method << "\nreference "
            << header.reference << ": " << number(header.reference_ms) << " ms +- "
            << number(header.reference_spread * 100) << " %, for whole networks; "
            << header.reference_blocks.size() << " reference blocks, for entries\n"
            << table.entries().size() << " entries, ms, the slowest first\n";
  std::vector<const hw::TableEntry*> entries;
  for (const auto& [key, entry] : table.entries()) entries.push_back(&entry);
  std::stable_sort(entries.begin(), entries.end(),
                   [](auto* a, auto* b) { return a->median_ms > b->median_ms; });
  for (const hw::TableEntry* entry : entries) {
    std::cout << "  " << number(entry->median_ms) << "  +- " << number(entry->spread * 100)
              << " %  " << entry->count << " runs  " << entry->label << "\n";
  }
}

int run(const CommandLine& line) {
  const auto words = line.get<std::vector<std::string>>("words");
  const std::string verb = words.empty() ? "" : words[0];
  const size_t files = verb == "show" ? 1 : verb == "diff" || verb == "merge" ? 2 : 0;
  if (files == 0 || words.size() != files + 1) {
    throw ConfigError(
        str("table: expected 'show FILE', 'diff FILE FILE' or 'merge FILE FILE', got '",
            join(words, " "), "'"));
  }
  const LatencyTable first = LatencyTable::load(words[1]);
  if (verb == "show") {
    show(first);
    return 0;
  }
  const LatencyTable second = LatencyTable::load(words[2]);
  if (verb == "diff") {
    std::cout << hw::diff_tables(first, second).text();
    return 0;
  }
  const std::string output = line.required("output");
  const LatencyTable merged = hw::merge_tables(first, second, words[2]);
  merged.save(output);
  std::cout << output << ": " << merged.entries().size() << " entries\n";
  return 0;
}

}  // namespace

extern const Command kTable;
const Command kTable = {"table",
                        "latency tables shown, merged and compared",
                        "tailor table merge runs/a/profile/lut.yaml runs/b/profile/lut.yaml "
                        "--output lut.yaml",
                        add_options,
                        "words",
                        run};

}  // namespace tailor::tools
