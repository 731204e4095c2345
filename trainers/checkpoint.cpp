// Writing and reading training state.
#include "trainers/checkpoint.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"
#include "supernet/formats/published_weights.h"

namespace tailor::train {
namespace {

const std::string kPrefix = "train.";
constexpr const char* kFormat = "1";

int64_t integer(const TensorFile& file, const std::string& key) {
  int64_t value = 0;
  auto it = file.metadata.find(key);
  if (it == file.metadata.end() || !parse_number(it->second, value)) {
    throw IoError(str(file.source, ": metadata '", key, "' is missing or not an integer"));
  }
  return value;
}

double real(const TensorFile& file, const std::string& key) {
  double value = 0;
  auto it = file.metadata.find(key);
  if (it == file.metadata.end() || !parse_number(it->second, value)) {
    throw IoError(str(file.source, ": metadata '", key, "' is missing or not a number"));
  }
  return value;
}

std::string text(const TensorFile& file, const std::string& key) {
  auto it = file.metadata.find(key);
  return it == file.metadata.end() ? "" : it->second;
}

/// The file's parameters alone.
TensorFile parameters_of(const TensorFile& file) {
  TensorFile out;
  out.source = file.source;
  for (const auto& [name, tensor] : file.tensors) {
    if (name.rfind(kPrefix, 0) != 0) out.tensors.emplace(name, tensor);
  }
  return out;
}

void copy_flat(const TensorFile& file, const std::string& name, const at::Tensor& into) {
  const at::Tensor from = supernet::from_host(file.at(kPrefix + name));
  if (from.sizes() != into.sizes()) {
    throw IoError(str(file.source, ": tensor '", kPrefix, name, "' has ", from.numel(),
                      " elements, needs ", into.numel()));
  }
  into.copy_(from);
}

TensorFile open_checked(const std::string& path, const std::string& hash) {
  TensorFile file = TensorFile::load(path);
  if (text(file, "format_version") != kFormat) {
    throw IoError(
        str(path, ": checkpoint format '", text(file, "format_version"), "' is not ", kFormat));
  }
  if (text(file, "config_hash") != hash) {
    throw IoError(str(path,
                      ": was made with another configuration; use another run folder or "
                      "remove the file"));
  }
  return file;
}

TensorFile open_or_previous(const std::string& path, const std::string& hash) {
  try {
    return open_checked(path, hash);
  } catch (const IoError& error) {
    if (!file_exists(path + ".prev")) throw;
    log_warning(error.what(), "; going on from the previous checkpoint");
    return open_checked(path + ".prev", hash);
  }
}

}  // namespace

void save_checkpoint(const std::string& path, const supernet::ParameterStore& store,
                     const Optimizer& optimizer, const std::map<std::string, at::Tensor>& extra,
                     const TrainProgress& progress, const std::string& config_hash) {
  TensorFile file = store.to_file();
  for (const auto& [name, tensor] : optimizer.state()) {
    file.tensors[kPrefix + name] = supernet::to_host(tensor);
  }
  for (const auto& [name, tensor] : extra) file.tensors[kPrefix + name] = supernet::to_host(tensor);
  file.metadata = {{"format_version", kFormat},
                   {"config_hash", config_hash},
                   {"optimizer_steps", str(optimizer.steps())},
                   {"phase", str(progress.phase)},
                   {"epoch", str(progress.epoch)},
                   {"step", str(progress.step)},
                   {"rollbacks", str(progress.rollbacks)},
                   {"lr_scale", number(progress.lr_scale)},
                   {"smooth_loss", number(progress.smooth_loss)},
                   {"loss_sum", number(progress.loss_sum)},
                   {"finished", progress.finished ? "1" : "0"},
                   {"history", join(progress.history, "\n")},
                   {"validation", join(progress.validation, "\n")},
                   {"architecture", join(progress.architecture, "\n")}};
  write_file_keep_previous(path, file.serialize());
}

void load_checkpoint(const std::string& path, supernet::ParameterStore& store, Optimizer& optimizer,
                     std::map<std::string, at::Tensor>& extra, TrainProgress& progress,
                     const std::string& config_hash) {
  const TensorFile file = open_or_previous(path, config_hash);
  store.load(parameters_of(file));
  for (const auto& [name, tensor] : optimizer.state()) copy_flat(file, name, tensor);
  for (auto& [name, tensor] : extra) {
    if (file.tensors.count(kPrefix + name)) copy_flat(file, name, tensor);
  }
  optimizer.set_steps(integer(file, "optimizer_steps"));
  progress.phase = integer(file, "phase");
  progress.epoch = integer(file, "epoch");
  progress.step = integer(file, "step");
  progress.rollbacks = integer(file, "rollbacks");
  progress.lr_scale = real(file, "lr_scale");
  progress.smooth_loss = real(file, "smooth_loss");
  progress.loss_sum = real(file, "loss_sum");
  progress.finished = integer(file, "finished") != 0;
  for (auto [name, lines] :
       {std::pair("history", &progress.history), std::pair("validation", &progress.validation),
        std::pair("architecture", &progress.architecture)}) {
    *lines = split(text(file, name), '\n');
    std::erase(*lines, "");
  }
}

std::vector<WantedTensor> wanted_tensors(const supernet::ParameterStore& store) {
  std::vector<WantedTensor> out;
  for (const supernet::Parameter& p : store.parameters()) {
    out.push_back({p.name, p.shape, p.role});
  }
  return out;
}

void load_weights(const TensorFile& file, const SearchSpace& space,
                  supernet::ParameterStore& store) {
  std::vector<std::string> absent;
  TensorFile own = in_our_names(
      parameters_of(file), wanted_tensors(store),
      [&](const std::string& name) { return space.published_name(name); }, absent);
  for (const std::string& name : absent) {
    own.tensors.emplace(name, supernet::to_host(at::eye(store.parameter(name).shape[0])));
  }
  if (!absent.empty()) {
    log_warning(file.source, ": has no kernel matrices; ", absent.size(), " become identities");
  }
  store.load(own);
  if (file.tensors.count(kPrefix + "ema")) copy_flat(file, "ema", store.values());
}

}  // namespace tailor::train
