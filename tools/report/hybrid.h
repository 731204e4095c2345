// The page about a language model's way from transformer to hybrid.
#pragma once

#include <string>

namespace tailor::report {

/// Reads placement/, blocks/, sizes/ (where there is one) and final/ of a run folder and gives one
/// HTML page: what each layer is worth (the heat map of Gu et al. 2025, figure 5), the placements
/// compared, the candidates, and the hybrid beside the transformer. Throws IoError.
std::string hybrid_html(const std::string& run_dir, const std::string& title);

}  // namespace tailor::report
