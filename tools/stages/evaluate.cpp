// Stage evaluate: validation accuracy of a sample of subnets, what predictors learn from.
#include <chrono>
#include <optional>
#include <unordered_map>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/rounded.h"
#include "predictors/accuracy_table.h"
#include "tools/stages/stage.h"
#include "trainers/phases/evaluated_archs.h"

namespace tailor::tools {
namespace {

class Results {
 public:
  Results(const Session& s, const std::string& path, std::vector<Arch> archs)
      : session_(s), path_(path), archs_(std::move(archs)), scores_(archs_.size()) {
    if (!file_exists(path)) return;
    const predict::AccuracyTable known = predict::read_accuracy_csv(*s.space, path);
    std::unordered_map<Arch, size_t, ArchHash> index;
    for (size_t i = 0; i < archs_.size(); ++i) index[archs_[i]] = i;
    for (size_t k = 0; k < known.size(); ++k) {
      auto it = index.find(known.archs[k]);
      if (it != index.end() && !known.loss.empty()) {
        scores_[it->second] = train::SubnetScore{known.accuracy[k], known.loss[k]};
      }
    }
  }

  std::vector<size_t> missing() const {
    std::vector<size_t> out;
    for (size_t i = 0; i < scores_.size(); ++i) {
      if (!scores_[i]) out.push_back(i);
    }
    return out;
  }

  void set(size_t i, const train::SubnetScore& score) { scores_[i] = score; }
  const std::vector<Arch>& archs() const { return archs_; }

  /// Rows in the order of the archs, whatever the order in which they were finished.
  void write() const {
    predict::AccuracyTable table;
    for (size_t i = 0; i < archs_.size(); ++i) {
      if (!scores_[i]) continue;
      table.archs.push_back(archs_[i]);
      table.accuracy.push_back(scores_[i]->accuracy);
      table.loss.push_back(scores_[i]->loss);
    }
    predict::write_accuracy_csv(*session_.space, table, path_);
  }

 private:
  const Session& session_;
  const std::string path_;
  const std::vector<Arch> archs_;
  std::vector<std::optional<train::SubnetScore>> scores_;
};

}  // namespace

std::vector<std::string> run_evaluate(const Session& s, RunDir& run, const std::string&) {
  const std::string path = run.file("evaluate/accuracy.csv");
  Results results(s, path,
                  train::evaluated_archs(*s.space, s.evaluate.archs, s.evaluate.size_correlation,
                                         s.rng("evaluate")));
  const std::vector<size_t> missing = results.missing();
  const supernet::ParameterStore store = s.load_store(run);
  train::SubnetEvaluator evaluator(*s.space, *s.data, store, s.evaluate.evaluator);
  std::vector<Arch> archs;
  for (size_t i : missing) archs.push_back(results.archs()[i]);
  Progress bar("evaluate", static_cast<int64_t>(results.archs().size()), "subnets");
  auto finished = static_cast<int64_t>(results.archs().size() - missing.size());
  bar.start_at(finished);
  auto written = std::chrono::steady_clock::now();
  const auto done = [&](size_t i, const train::SubnetScore& score) {
    results.set(missing[i], score);
    bar.update(++finished, str("accuracy ", rounded(score.accuracy, 4)));
    const auto now = std::chrono::steady_clock::now();
    if (now - written > std::chrono::seconds(2)) {
      results.write();
      written = now;
    }
  };
  try {
    evaluator.evaluate_all(archs, train::Split::validation, s.threads, done);
  } catch (const Interrupted&) {
    results.write();
    throw;
  }
  results.write();
  throw_if_interrupted();
  bar.finish();
  return {"evaluate/accuracy.csv"};
}

}  // namespace tailor::tools
