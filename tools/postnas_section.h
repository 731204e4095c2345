// The section `postnas`: from a trained transformer to a hybrid of full, windowed and linear
// attention, in the steps of Jet-Nemotron (Gu et al. 2025, section 2).
#pragma once

#include <string>
#include <vector>

#include "core/config_node.h"
#include "supernet/space/search_space.h"
#include "trainers/language/language_trainer.h"

namespace tailor::tools {

struct PostnasSection {
  struct Base {
    std::string weights;  ///< a trained transformer; "": trained here
    train::LanguageSchedule schedule;
  } base;
  struct Placement {
    train::LanguageSchedule schedule;
    std::string linear;              ///< mixer of the layers that are not full
    int64_t full = 2, windowed = 0;  ///< layers that stay
    int64_t beam = 4;
    std::string take = "found";  ///< the answer that goes on: found, uniform or exact
    train::TokenTask full_task = train::TokenTask::recall;
    train::TokenTask windowed_task = train::TokenTask::text;
    /// Limits of exact placement as shares of the transformer's; 0: none.
    struct Exact {
      double state_bytes = 0, prefill = 0, decode = 0;
    } exact;
  } placement;
  struct Blocks {
    train::LanguageSchedule schedule;
    std::vector<std::string> candidates;
  } blocks;
  struct Sizes {
    train::LanguageSchedule schedule;
    int64_t state = 0;                  ///< heads * d_k * d_v of every candidate; 0: not searched
    int64_t context = 1024, batch = 8;  ///< of the throughput measured
  } sizes;
  struct Final {
    train::LanguageSchedule distil, train;
    double logits = 1;  ///< weight of the teacher's probabilities
  } final;

  static PostnasSection read(const ConfigNode& cfg, const SearchSpace& space);
};

}  // namespace tailor::tools
