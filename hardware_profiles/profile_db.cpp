// The ladder of look-ups.
#include "hardware_profiles/profile_db.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/rounded.h"
#include "core/yaml_text.h"
#include "hardware_profiles/statistics.h"
#include "hardware_profiles/table_merge.h"

namespace tailor::hw {
namespace {

constexpr size_t kLeastCommon = 3;  // entries for a ratio to be more than one block's own

Precision precision_of(const std::string& name) {
  for (const Precision each : {Precision::f32, Precision::bf16, Precision::f16}) {
    if (precision_name(each) == name) return each;
  }
  throw Error(str("no roofline for precision '", name, "'; known: f32, bf16, f16"));
}

/// Own times over the lender's, of the entries that both have.
std::vector<double> ratios_to_lender(const LatencyTable& own, const LatencyTable& lender) {
  std::vector<double> out;
  for (const auto& [key, entry] : own.entries()) {
    if (const TableEntry* other = lender.find(key)) {
      out.push_back(entry.median_ms / other->median_ms);
    }
  }
  return out;
}

std::vector<double> ratios_to_roofline(const LatencyTable& own, const Roofline& roofline) {
  std::vector<double> out;
  for (const auto& [key, entry] : own.entries()) {
    if (const auto shape = key_shape(key)) {
      out.push_back(entry.median_ms / work_ms(roofline, shape->nodes));
    }
  }
  return out;
}

void check_lender(const TableHeader& own, const TableHeader& lender) {
  if (own.device.precision == lender.device.precision && own.device.batch == lender.device.batch) {
    return;
  }
  throw Error(str("the table of '", lender.device.device, "' is for batch ", lender.device.batch,
                  " in ", lender.device.precision, " and lends nothing to one for batch ",
                  own.device.batch, " in ", own.device.precision));
}

double scale_of_lender(const LatencyTable& own, const LatencyTable& lender, size_t& common) {
  const std::vector<double> ratios = ratios_to_lender(own, lender);
  common = ratios.size();
  if (common >= kLeastCommon) return median(ratios);
  const TableHeader &a = own.header(), &b = lender.header();
  if (const std::optional<TableScale> scale = table_scale(a, b)) return scale->factor;
  throw Error(str("nothing tells how fast '", a.device.device, "' is beside '", b.device.device,
                  "': their tables have ", common, " entries in common (", kLeastCommon,
                  " are needed) and not the same reference; measure some blocks, or leave "
                  "'borrowed' out of profile.fallback"));
}

}  // namespace

ProfileDb::ProfileDb(LatencyTable table, Ladder ladder)
    : table_(std::move(table)), ladder_(std::move(ladder)) {
  if (ladder_.interpolated) interpolation_.emplace(table_);
  if (ladder_.lender) {
    check_lender(table_.header(), ladder_.lender->header());
    lender_scale_ = scale_of_lender(table_, *ladder_.lender, lender_common_);
  }
  if (!ladder_.datasheet) return;
  precision_ = precision_of(table_.header().device.precision);
  roofline_ = ladder_.datasheet->roofline(precision_, table_.header().device.threads);
  const std::vector<double> ratios = ratios_to_roofline(table_, *roofline_);
  if (ratios.size() >= kLeastCommon) {
    datasheet_common_ = ratios.size();
    datasheet_scale_ = median(ratios);
  }
  if (table_.entries().empty()) network_ms_ = roofline_->network_us * 1e-3;
}

std::optional<double> ProfileDb::interpolated_ms(const Block& block) const {
  if (!interpolation_) return std::nullopt;
  const std::optional<KeyShape> shape = key_shape(block.key);
  if (!shape) return std::nullopt;
  const auto found = interpolation_->find(*shape);
  return found ? std::optional(found->ms) : std::nullopt;
}

std::optional<double> ProfileDb::borrowed_ms(const Block& block) const {
  if (!ladder_.lender) return std::nullopt;
  const TableEntry* entry = ladder_.lender->find(block.key);
  return entry ? std::optional(entry->median_ms * lender_scale_) : std::nullopt;
}

std::optional<double> ProfileDb::analytic_ms(const Block& block) const {
  if (!roofline_) return std::nullopt;
  return block_ms(*roofline_, block, precision_) * datasheet_scale_;
}

ProfileDb::Answer ProfileDb::find(const Block& block) const {
  if (const TableEntry* entry = table_.find(block.key)) return {entry->median_ms, Rung::measured};
  if (const auto ms = interpolated_ms(block)) return {*ms, Rung::interpolated};
  if (const auto ms = borrowed_ms(block)) return {*ms, Rung::borrowed};
  if (const auto ms = analytic_ms(block)) return {*ms, Rung::analytic};
  fail(block);
}

void ProfileDb::fail(const Block& block) const {
  std::string tried;
  if (interpolation_) {
    tried += str("; interpolated: no entry of these operations within a factor of ",
                 Interpolation::kReach);
  }
  if (ladder_.lender) {
    tried += str("; borrowed: '", ladder_.lender->header().device.device, "' has none either");
  }
  throw Error(str("the latency table of ", table_.header().device.device,
                  " has no entry for block '", block.name, "' (key '", block.key, "')", tried,
                  "; profile this space on this device",
                  tried.empty() ? "" : ", or allow analytic in profile.fallback"));
}

std::vector<std::string> ProfileDb::description() const {
  std::vector<std::string> out;
  const size_t entries = table_.entries().size();
  if (entries > 0) out.push_back(str("measured: ", entries, " blocks"));
  if (interpolation_ && entries > 0) out.push_back("interpolated: between these entries");
  const auto scaled = [](double scale, size_t common, const char* otherwise) {
    return str(" x ", rounded(scale, 3), ", ",
               common >= kLeastCommon ? str("the median ratio of ", common, " entries")
                                      : std::string(otherwise));
  };
  if (ladder_.lender) {
    out.push_back(str("borrowed: from '", ladder_.lender->header().device.device, "'",
                      scaled(lender_scale_, lender_common_, "the references' ratio")));
  }
  if (roofline_) {
    out.push_back(str("analytic: datasheet '", ladder_.datasheet->name, "'",
                      scaled(datasheet_scale_, datasheet_common_,
                             "peaks as printed: real runs take a few times as long")));
  }
  return out;
}

LatencyTable datasheet_table(const DeviceProfile& profile, const Workload& workload,
                             int64_t threads, const std::string& space) {
  TableHeader header;
  header.device = {.device = profile.device,
                   .runtime = kDatasheetRuntime,
                   .version = str(DeviceProfile::kFormatVersion),
                   .precision = precision_name(workload.precision),
                   .batch = workload.batch,
                   .threads = threads};
  header.date = utc_now();
  header.space = space;
  header.method = "analytic";
  return LatencyTable(std::move(header));
}

}  // namespace tailor::hw
