// Runs a prepared network in chunks long enough for any clock, and checks every figure it returns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hardware_profiles/device.h"

namespace tailor::hw {

struct MeasureOptions;

class ChunkSampler {
 public:
  /// name: the network's, for messages.
  ChunkSampler(PreparedNetwork& network, std::string name, const MeasureOptions& options);

  /// Finds how many runs make a chunk, and runs chunks until they no longer get faster.
  void warm_up();
  /// Runs that are not read, after other networks ran: caches hold this one again.
  void settle();
  /// Milliseconds of one run, from one chunk. Throws DeviceError naming the network: what the
  /// backend threw, a wrong number of figures, a figure that is not finite, or not above zero.
  double chunk();
  /// The same from a chunk of about `chunk_ms` instead of the option's.
  double chunk_of(double chunk_ms);

  int64_t runs_done() const { return runs_done_; }  ///< since construction
  double spent_ms() const { return spent_ms_; }     ///< since construction

 private:
  std::vector<double> run(int64_t runs);
  std::vector<double> times_of(int64_t runs);
  void size_chunk();

  PreparedNetwork& network_;
  std::string name_;
  double chunk_ms_, warmup_ms_, tolerance_, settle_ms_;
  bool cold_;
  int64_t runs_ = 1;
  double run_ms_ = 0;  ///< of one run, as last seen
  int64_t runs_done_ = 0;
  double spent_ms_ = 0;
};

}  // namespace tailor::hw
