// One run of the tool on one config: its sections, read and checked at once, and what they make.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "core/run_dir.h"
#include "hardware_profiles/device.h"
#include "hardware_profiles/measure.h"
#include "hardware_profiles/own_blocks.h"
#include "hardware_profiles/profile_db.h"
#include "predictors/selection.h"
#include "search/section.h"
#include "supernet/export/exporter.h"
#include "supernet/space/search_space.h"
#include "tools/command_line.h"
#include "tools/postnas_section.h"
#include "tools/published_section.h"
#include "trainers/data/dataset.h"
#include "trainers/gradient/gradient_options.h"
#include "trainers/subnet_evaluator.h"
#include "trainers/train_options.h"

namespace tailor::tools {

struct EvaluateSection {
  int64_t archs = 100;
  double size_correlation = 0;
  std::string weights;  ///< file of trained weights; "": train/checkpoint.safetensors
  train::EvaluatorOptions evaluator;

  static EvaluateSection read(const ConfigNode& cfg);
};

struct ProfileSection {
  std::unique_ptr<hw::DeviceBackend> device;
  hw::MeasureOptions measure;
  int64_t networks = 12;             ///< measured whole, for the correction or to learn from
  bool carriers = false;             ///< blocks are measured behind others too, the better is used
  bool whole = false;                ///< learned from whole networks: no table of blocks
  std::vector<std::string> sources;  ///< what other devices take, then a few networks are enough
  std::string archive_format = "plain";
  std::string archs;                ///< CSV file of networks measured beside those
  hw::LadderOptions ladder;         ///< where times come from for blocks that are not measured
  std::vector<NetworkSpec> blocks;  ///< of the user's own, measured beside the space's
  Workload analytic;                ///< what runs where there is a datasheet and no device
  int64_t analytic_threads = 1;

  /// device stays null where nothing is measured: latency comes from published tables, or from a
  /// datasheet alone.
  static ProfileSection read(const ConfigNode& cfg);
};

struct FitSection {
  predict::SelectionOptions selection;
  ConfigNode node;

  static FitSection read(const ConfigNode& cfg, const SearchSpace& space);
};

struct FinalistsSection {
  int64_t count = 10;
  int64_t best = 5;  ///< of them the best predicted; the others are spread over the front
  hw::MeasureOptions measure;

  static FinalistsSection read(const ConfigNode& cfg);
};

/// Training of the winner alone; absent: the supernet's weights are exported as they are.
struct FinetuneSection {
  train::PhaseSchedule schedule = {.epochs = 2, .lr = 0.02, .frozen_teacher = "start"};
  double distill = 1;

  static FinetuneSection read(const ConfigNode& cfg);
};

struct ExportSection {
  std::string name = "winner";
  std::vector<std::string> formats;  ///< empty: all

  static ExportSection read(const ConfigNode& cfg);
};

struct ReportSection {
  std::string title = "tailor";

  static ReportSection read(const ConfigNode& cfg);
};

/// Everything a stage may use. Sections are read in the constructor, so that a mistake anywhere in
/// the file is found before any work begins.
struct Session {
  explicit Session(const CommonFlags& flags);

  ConfigNode config;
  int64_t seed = 0;
  int64_t threads = 1;
  std::unique_ptr<SearchSpace> space;
  std::unique_ptr<train::Dataset> data;    ///< null where nothing is evaluated
  std::unique_ptr<train::TokenData> text;  ///< null where no language model is trained
  train::TrainOptions train;
  EvaluateSection evaluate;
  ProfileSection profile;
  FitSection fit;
  std::optional<train::GradientOptions> gradient;  ///< absent: no search by gradient
  std::optional<PostnasSection> postnas;           ///< absent: no language model
  search::SearchSection search;
  PublishedSection published;  ///< search.estimators
  FinalistsSection finalists;
  FinetuneSection finetune;
  ExportSection exports;
  ReportSection report;

  /// What search.fix and search.couple leave of the space; nullopt: everything. Throws ConfigError.
  std::optional<Restriction> search_choices() const;
  Rng rng(std::string_view stage) const { return Rng(static_cast<uint64_t>(seed)).fork(stage); }
  /// True where latency comes from a datasheet and nothing is measured.
  bool analytic_latency() const { return !profile.device && !profile.ladder.datasheet.empty(); }
  /// True where predictors of accuracy are fitted on evaluated subnets: not where they are
  /// published, nor where a search by gradient learns what to choose.
  bool fits_accuracy() const { return data && !published.accuracy && !gradient; }
  /// Of the profiled device; runtime "datasheet" or "published" where nothing is measured.
  hw::DeviceInfo device_info() const;
  /// File of the weights that training ends with: evaluate.weights or the checkpoint below the run
  /// folder; empty where nothing is trained before a search by gradient.
  std::string start_weights(const RunDir& run) const;
  /// Of those behind a search by gradient, where there is one, too.
  std::string weights_file(const RunDir& run) const;
  supernet::ParameterStore load_store(const RunDir& run) const;
  supernet::ParameterStore load_store(const std::string& file) const;
};

/// The devices of this build.
hw::DeviceRegistry all_devices();

/// The exporters of this build.
ExporterRegistry all_exporters();

/// Number of cores this process may use.
int64_t usable_cores();

}  // namespace tailor::tools
