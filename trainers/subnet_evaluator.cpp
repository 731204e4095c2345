// Recalibrating and scoring subnets.
#include "trainers/subnet_evaluator.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <torch/torch.h>

#include <numeric>

#include "core/interrupt.h"

namespace tailor::train {

using supernet::GraphNet;
using supernet::RunMode;

EvaluatorOptions EvaluatorOptions::read(const ConfigNode& cfg) {
  EvaluatorOptions o;
  cfg.read("recalibration_images", o.recalibration_images,
           {.min = 1, .max = 1e9, .doc = "training images that re-estimate batch norm statistics"});
  cfg.read("recalibration_batch", o.recalibration_batch,
           {.min = 1, .max = 1e6, .doc = "images a batch while doing so"});
  cfg.read("images", o.images,
           {.min = 0, .max = 1e9, .doc = "validation images scored; 0 for all"});
  cfg.read("batch", o.batch, {.min = 1, .max = 1e6, .doc = "images a batch while scoring"});
  return o;
}

SubnetEvaluator::SubnetEvaluator(const SearchSpace& space, const Dataset& data,
                                 const supernet::ParameterStore& store,
                                 const EvaluatorOptions& options)
    : space_(space), data_(data), store_(store), options_(options) {}

std::vector<Batch> SubnetEvaluator::load(Split split, const std::vector<int64_t>& indices,
                                         int64_t batch, int64_t resolution) const {
  std::vector<Batch> out;
  for (size_t begin = 0; begin < indices.size(); begin += static_cast<size_t>(batch)) {
    const size_t count = std::min(indices.size() - begin, static_cast<size_t>(batch));
    Batch b = data_.batch(split, std::span(indices).subspan(begin, count), resolution, nullptr);
    b.images = b.images.contiguous(at::MemoryFormat::ChannelsLast);
    out.push_back(std::move(b));
  }
  return out;
}

const std::vector<Batch>& SubnetEvaluator::batches(Split split, int64_t resolution) {
  std::lock_guard lock(mutex_);
  auto& slot = cache_[{static_cast<int>(split), resolution}];
  if (slot.empty()) {
    const int64_t all = data_.size(split);
    std::vector<int64_t> indices(
        static_cast<size_t>(options_.images ? std::min(options_.images, all) : all));
    std::iota(indices.begin(), indices.end(), 0);
    slot = load(split, indices, options_.batch, resolution);
  }
  return slot;
}

const std::vector<Batch>& SubnetEvaluator::recalibration_batches(int64_t resolution) {
  std::lock_guard lock(mutex_);
  auto& slot = cache_[{-1, resolution}];
  if (slot.empty()) {
    const int64_t all = data_.size(Split::train);
    std::vector<int64_t> indices = Rng(0).fork("recalibration").permutation(all);
    indices.resize(static_cast<size_t>(std::min(options_.recalibration_images, all)));
    slot = load(Split::train, indices, options_.recalibration_batch, resolution);
  }
  return slot;
}

GraphNet SubnetEvaluator::recalibrated(const Arch& arch) {
  at::NoGradGuard no_grad;
  GraphNet net(space_.lower(arch), store_);
  net.reset_statistics();
  for (const Batch& batch : recalibration_batches(net.spec().inputs[0][2])) {
    net.forward(batch.images, RunMode::recalibrate);
  }
  return net;
}

SubnetScore SubnetEvaluator::score(GraphNet& net, Split split) {
  at::NoGradGuard no_grad;
  double correct = 0, loss = 0, count = 0;
  for (const Batch& batch : batches(split, net.spec().inputs[0][2])) {
    const at::Tensor logits = net.forward(batch.images, RunMode::eval);
    correct += static_cast<double>(logits.argmax(1).eq(batch.labels).sum().item<int64_t>());
    loss += at::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::Sum).item<double>();
    count += static_cast<double>(batch.labels.size(0));
  }
  return {correct / count, loss / count};
}

SubnetScore SubnetEvaluator::evaluate(const Arch& arch, Split split) {
  GraphNet net = recalibrated(arch);
  return score(net, split);
}

void SubnetEvaluator::evaluate_all(std::span<const Arch> archs, Split split, int64_t threads,
                                   const std::function<void(size_t, const SubnetScore&)>& done) {
  std::mutex done_mutex;
  tbb::task_arena arena(static_cast<int>(threads));
  arena.execute([&] {
    tbb::parallel_for(
        size_t{0}, archs.size(),
        [&](size_t i) {
          if (interrupted()) return;
          const SubnetScore score = evaluate(archs[i], split);
          std::lock_guard lock(done_mutex);
          done(i, score);
        },
        tbb::simple_partitioner{});
  });
}

}  // namespace tailor::train
