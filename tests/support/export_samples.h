// Networks with random weights for the tests of exports: both families, and every operation alone.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/rng.h"
#include "supernet/export/exporter.h"
#include "supernet/space/search_space.h"

namespace tailor::test {

/// The standalone form of the network, with weights drawn so that values stay near 1.
ExportedNetwork with_random_weights(const NetworkSpec& spec, const Rng& rng);

/// A small space of one stage each: squeeze-excite, kernel transforms, several activations.
std::unique_ptr<SearchSpace> small_mobilenet();
std::unique_ptr<SearchSpace> small_resnet();

/// A name for each, and networks of one input that together hold every operation, each attribute's
/// cases, weights used twice and names that are hard to write.
std::vector<std::pair<std::string, NetworkSpec>> operation_networks();

/// A mobilenet with preprocessing, classes and figures.
ExportedNetwork small_export();

}  // namespace tailor::test
