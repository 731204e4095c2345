// Reading and opening what the ladder's rungs use.
#include <algorithm>

#include "core/error.h"
#include "hardware_profiles/profile_db.h"

namespace tailor::hw {

std::string rung_name(Rung rung) {
  switch (rung) {
    case Rung::measured:
      return "measured";
    case Rung::interpolated:
      return "interpolated";
    case Rung::borrowed:
      return "borrowed";
    case Rung::analytic:
      return "analytic";
  }
  throw Error(str("no rung has the number ", static_cast<int>(rung)));
}

bool LadderOptions::allows(Rung rung) const {
  return std::find(fallback.begin(), fallback.end(), rung_name(rung)) != fallback.end();
}

LadderOptions LadderOptions::read(const ConfigNode& profile) {
  LadderOptions o;
  profile.read("fallback", o.fallback,
               {.choices = {"interpolated", "borrowed", "analytic"},
                .doc = "for blocks without an entry, tried in this order; none: an error"});
  profile.read("borrow_from", o.borrow_from, {.doc = "borrowed: a similar device's table"});
  profile.read("datasheet", o.datasheet,
               {.doc = "analytic: a shipped device profile's name, or the path of a .yaml file"});
  const auto check = [&](Rung rung, const char* key, const std::string& given) {
    if (o.allows(rung) && given.empty()) {
      profile.fail("fallback", str(rung_name(rung), " needs profile.", key));
    }
    if (!o.allows(rung) && !given.empty()) {
      profile.fail(key, str("is not used: profile.fallback does not name ", rung_name(rung)));
    }
  };
  if (profile.recording()) return o;
  check(Rung::borrowed, "borrow_from", o.borrow_from);
  check(Rung::analytic, "datasheet", o.datasheet);
  return o;
}

Ladder Ladder::open(const LadderOptions& options) {
  Ladder out;
  out.interpolated = options.allows(Rung::interpolated);
  if (options.allows(Rung::borrowed)) out.lender = LatencyTable::load(options.borrow_from);
  if (options.allows(Rung::analytic)) out.datasheet = find_profile(options.datasheet);
  return out;
}

}  // namespace tailor::hw
