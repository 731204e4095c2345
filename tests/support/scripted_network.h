// A made-up machine for tests of the measuring policy: its clock moves by what the networks on it
// take, and a script says how fast it is at each moment.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "hardware_profiles/measure.h"

namespace tailor::test {

struct ScriptedMachine {
  double now_ms = 0;
  std::function<double(double)> slowdown = [](double) { return 1.0; };  ///< by now_ms
};

/// Takes `ms` times the machine's slowdown times `script(n)` for its n-th run (from 0).
class ScriptedNetwork : public hw::PreparedNetwork {
 public:
  ScriptedNetwork(ScriptedMachine& machine, double ms, std::function<double(int64_t)> script = {})
      : machine_(machine), ms_(ms), script_(std::move(script)) {}

  std::vector<double> measure(int64_t runs) override {
    std::vector<double> out;
    for (int64_t i = 0; i < runs; ++i) {
      const double shape = script_ ? script_(runs_) : 1;
      out.push_back(ms_ * machine_.slowdown(machine_.now_ms) * shape);
      machine_.now_ms += out.back() > 0 ? out.back() : 0;
      ++runs_;
    }
    return out;
  }

  int64_t runs() const { return runs_; }

 private:
  ScriptedMachine& machine_;
  double ms_;
  std::function<double(int64_t)> script_;
  int64_t runs_ = 0;
};

/// A reference of networks that take these times on the machine.
inline hw::Reference scripted_reference(ScriptedMachine& machine, const std::vector<double>& ms,
                                        const hw::MeasureOptions& options,
                                        const std::function<double(int64_t)>& script = {},
                                        std::optional<hw::ReferenceTime> start = {}) {
  std::vector<hw::Reference::Part> parts;
  for (const double each : ms) {
    parts.push_back({std::make_unique<ScriptedNetwork>(machine, each, script), "reference", start});
  }
  return {std::move(parts), options};
}

}  // namespace tailor::test
