// The machine's speed while a profile is made: networks measured between the others, compared with
// what they took at the start.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hardware_profiles/chunk_sampler.h"
#include "hardware_profiles/device.h"

namespace tailor::hw {

struct MeasureOptions;

/// What one network of a reference took at the start.
struct ReferenceTime {
  double ms = 0;
  double spread = 0;  ///< half the 95 % confidence interval of the median, relative
  int64_t count = 0;  ///< runs behind it
};

/// One network or several that are measured between the others. Its start is the speed that all
/// figures are brought to; each reading is the median over the networks of what they take now to
/// what they took then. Blocks of a network and whole networks slow down by different shares when
/// the machine does, so each kind of figure wants a reference of its own kind.
class Reference {
 public:
  struct Part {
    std::unique_ptr<PreparedNetwork> network;
    std::string name;                         ///< for messages
    std::optional<ReferenceTime> start = {};  ///< of an earlier run; none: measured now
  };
  /// How much slower than at the start.
  struct Reading {
    double slowdown = 1;
    double spread = 0;  ///< half its 95 % confidence interval, relative
  };

  /// Measures the starts that are not given, and reads once. Throws DeviceError naming the part,
  /// Error without parts or for a start that is not above zero.
  Reference(std::vector<Part> parts, const MeasureOptions& options);

  /// Measures the reference now, for about `reference_ms` in all.
  const Reading& read();
  /// The latest reading.
  const Reading& last() const { return last_; }
  /// One a part, in their order.
  const std::vector<ReferenceTime>& starts() const { return starts_; }
  /// 1 / slowdown when that differs from 1 by more than start or reading is uncertain, else 1:
  /// scaling by a change that may be noise would add error.
  double scale(const Reading& now) const;

 private:
  struct Member {
    std::unique_ptr<PreparedNetwork> network;
    ChunkSampler sampler;
  };
  ReferenceTime read_member(ChunkSampler& sampler, int64_t chunks, double chunk_ms);
  std::vector<ReferenceTime> measure_starts();

  std::vector<Member> members_;
  double reading_ms_;
  std::vector<ReferenceTime> starts_;
  double start_spread_ = 0;
  Reading last_;
};

}  // namespace tailor::hw
