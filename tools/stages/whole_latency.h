// Latency learned from whole networks (`profile.method: networks`): from many measured on this
// device, or from a few and what other devices take.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hardware_profiles/profile.h"
#include "predictors/latency_transfer.h"
#include "tools/session.h"

namespace tailor::tools {

inline constexpr const char* kWholeLatencyFile = "fit/latency.safetensors";

/// `profile.networks` archs, with sources those that tell most about a new device, else spread
/// evenly over multiply-accumulates; then those of the file `profile.archs`. Throws IoError,
/// ConfigError: files that cannot be used, fewer than three archs.
std::vector<Arch> networks_to_learn_from(const Session& session);

struct WholeLatencyFit {
  std::unique_ptr<predict::Predictor> predictor;
  std::string quality_yaml;      ///< cross-validated
  predict::SampleAdvice advice;  ///< with sources: what to measure next
};

/// Throws Error with fewer than three networks.
WholeLatencyFit fit_whole_latency(const Session& session, std::span<const hw::TimedArch> networks);

/// Throws IoError.
std::unique_ptr<predict::Predictor> load_whole_latency(const Session& session,
                                                       const std::string& path);

}  // namespace tailor::tools
