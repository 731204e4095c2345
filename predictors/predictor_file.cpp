// The header of predictors' files, and lists of numbers in them.
#include "predictors/predictor_file.h"

#include <cmath>
#include <cstring>

#include "core/error.h"

namespace tailor::predict {
namespace {

constexpr const char* kFormatVersion = "1";

void expect(const TensorFile& file, const std::string& field, const std::string& wanted,
            const std::string& hint) {
  const auto found = file.metadata.find(field);
  const std::string got = found == file.metadata.end() ? "" : found->second;
  if (got == wanted) return;
  throw IoError(str(file.source, ": ", field, " must be '", wanted, "', got '", got, "'; ", hint));
}

/// Of the axes: a predictor of other choices must not be read for these.
std::string fingerprint(const SearchSpace& space) {
  std::string text;
  for (const Axis& axis : space.axes()) {
    text += str(axis.group, axis.slot, "=", join(axis.names, ","), ";");
  }
  return hex(fnv1a(text));
}

}  // namespace

TensorFile predictor_file(const Predictor& predictor, const SearchSpace& space) {
  TensorFile file;
  file.metadata = {{"format", "tailor predictor"}, {"format_version", kFormatVersion},
                   {"kind", predictor.kind()},     {"metric", predictor.metric()},
                   {"space", space.name()},        {"axes", fingerprint(space)}};
  return file;
}

void check_predictor_file(const TensorFile& file, const Predictor& predictor,
                          const SearchSpace& space) {
  expect(file, "format", "tailor predictor", "is it a predictor?");
  expect(file, "format_version", kFormatVersion, "fit again");
  expect(file, "kind", predictor.kind(), "it holds another kind of predictor");
  expect(file, "metric", predictor.metric(), "it predicts something else");
  expect(file, "axes", fingerprint(space),
         str("it was learned on other choices than those of space '", space.name(), "'"));
}

HostTensor to_tensor(const std::vector<double>& values) {
  HostTensor out = HostTensor::zeros(DType::f64, {static_cast<int64_t>(values.size())});
  if (!values.empty()) std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

std::vector<double> from_tensor(const TensorFile& file, const std::string& name, size_t size) {
  const HostTensor& tensor = file.at(name);
  if (tensor.dtype != DType::f64 || tensor.shape.size() != 1 ||
      tensor.shape[0] != static_cast<int64_t>(size)) {
    throw IoError(str(file.source, ": tensor '", name, "' must be F64 [", size, "], got ",
                      dtype_name(tensor.dtype), " [", join(tensor.shape, ", "), "]"));
  }
  std::vector<double> out(size);
  if (size > 0) std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
  for (double value : out) {
    if (!std::isfinite(value)) {
      throw IoError(str(file.source, ": tensor '", name, "' holds ", value));
    }
  }
  return out;
}

}  // namespace tailor::predict
