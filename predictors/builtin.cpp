// The list of accuracy predictors, and reading one whose kind only its file knows.
#include "core/error.h"
#include "predictors/predictor.h"

namespace tailor::predict {

PredictorRegistry::Factory make_accuracy_linear, make_accuracy_mlp, make_accuracy_ridge;

PredictorRegistry builtin_accuracy_predictors() {
  PredictorRegistry r("accuracy predictor");
  r.add("linear", "what each choice adds by itself: the search strategy exact can prove its answer",
        make_accuracy_linear);
  r.add("mlp", "a small ensemble of multi-layer perceptrons", make_accuracy_mlp);
  r.add("ridge", "linear in choices, slots, groups and costs, each weighted by its evidence",
        make_accuracy_ridge);
  return r;
}

std::unique_ptr<Predictor> load_predictor(const std::string& path, const SearchSpace& space) {
  const TensorFile file = TensorFile::load(path);
  const auto kind = file.metadata.find("kind");
  if (kind == file.metadata.end()) {
    throw IoError(str(path, ": says no predictor kind in its metadata; is it a predictor?"));
  }
  try {
    auto out = builtin_accuracy_predictors().create(kind->second, ConfigNode::empty(path), space);
    out->from_file(file);
    return out;
  } catch (const UnknownNameError& error) {
    throw IoError(str(path, ": ", error.what()));
  }
}

}  // namespace tailor::predict
