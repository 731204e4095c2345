// Recalibrating and scoring subnets.
#include "trainers/subnet_evaluator.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <atomic>
#include <numeric>
#include <unordered_map>

#include "core/interrupt.h"
#include "supernet/space/pieces.h"
#include "trainers/shared_nets.h"

namespace tailor::train {

using supernet::GraphNet;
using supernet::RunMode;

namespace {

// How many subnets are run as one. More share more; fewer are reported, kept and spread over
// threads sooner, and hold fewer weights at a time.
constexpr size_t kFewestAtOnce = 16, kMostAtOnce = 64, kGroupsAThread = 3;

/// Sums over the batches of a split.
struct Tally {
  double correct = 0, loss = 0, count = 0;

  void add(const at::Tensor& logits, const at::Tensor& labels) {
    correct += static_cast<double>(logits.argmax(1).eq(labels).sum().item<int64_t>());
    loss += at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum).item<double>();
    count += static_cast<double>(labels.size(0));
  }
  SubnetScore score() const { return {correct / count, loss / count}; }
};

}  // namespace

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
  Tally tally;
  for (const Batch& batch : batches(split, net.spec().inputs[0][2])) {
    tally.add(net.forward(batch.images, RunMode::eval), batch.labels);
  }
  return tally.score();
}

SubnetScore SubnetEvaluator::evaluate(const Arch& arch, Split split) {
  GraphNet net = recalibrated(arch);
  return score(net, split);
}

std::vector<SubnetEvaluator::Group> SubnetEvaluator::by_input(std::span<const Arch> archs) const {
  std::map<Shape, Group> groups;
  std::unordered_map<Arch, std::vector<size_t>, ArchHash> asked;
  std::vector<size_t> distinct;  // the first position of each arch
  for (size_t i = 0; i < archs.size(); ++i) {
    std::vector<size_t>& positions = asked[archs[i]];
    if (positions.empty()) distinct.push_back(i);
    positions.push_back(i);
  }
  PieceCutter cutter;
  for (size_t i : distinct) {
    NetworkSpec spec = cutter.cut(space_.lower(archs[i]));
    Group& group = groups[spec.inputs[0]];
    group.specs.push_back(std::move(spec));
    group.asked.push_back(std::move(asked[archs[i]]));
  }
  std::vector<Group> out;
  for (auto& [shape, group] : groups) out.push_back(std::move(group));
  return out;
}

std::vector<SubnetEvaluator::Group> SubnetEvaluator::groups(std::span<const Arch> archs,
                                                            int64_t threads) const {
  std::vector<Group> alike = by_input(archs);
  size_t all = 0;
  for (const Group& group : alike) all += group.specs.size();
  const size_t share = all / (kGroupsAThread * static_cast<size_t>(threads));
  const size_t most = std::max(kFewestAtOnce, std::min(kMostAtOnce, share));
  std::vector<Group> out;
  for (Group& whole : alike) {
    const std::vector<size_t> order = PrefixTree(whole.specs).order();
    const size_t parts = (order.size() + most - 1) / most;
    for (size_t p = 0; p < parts; ++p) {
      Group& part = out.emplace_back();
      const size_t end = order.size() * (p + 1) / parts;
      for (size_t k = order.size() * p / parts; k < end; ++k) {
        part.specs.push_back(std::move(whole.specs[order[k]]));
        part.asked.push_back(std::move(whole.asked[order[k]]));
      }
    }
  }
  return out;
}

bool SubnetEvaluator::evaluate_group(const Group& group, Split split,
                                     std::vector<SubnetScore>& scores) {
  at::NoGradGuard no_grad;
  SharedNets nets(group.specs, store_);
  const int64_t resolution = group.specs[0].inputs[0][2];
  for (const Batch& batch : recalibration_batches(resolution)) {
    if (interrupted()) return false;
    nets.recalibrate(batch.images);
  }
  std::vector<Tally> tallies(group.specs.size());
  for (const Batch& batch : batches(split, resolution)) {
    if (interrupted()) return false;
    nets.evaluate(batch.images, [&](size_t i, const at::Tensor& logits) {
      tallies[i].add(logits, batch.labels);
    });
  }
  for (const Tally& tally : tallies) scores.push_back(tally.score());
  return true;
}

void SubnetEvaluator::evaluate_all(std::span<const Arch> archs, Split split, int64_t threads,
                                   const std::function<void(size_t, const SubnetScore&)>& done) {
  const std::vector<Group> work = groups(archs, threads);
  std::mutex done_mutex;
  std::atomic<bool> all_scored = true;
  tbb::task_arena arena(static_cast<int>(threads));
  arena.execute([&] {
    tbb::parallel_for(
        size_t{0}, work.size(),
        [&](size_t g) {
          std::vector<SubnetScore> scores;
          if (interrupted() || !evaluate_group(work[g], split, scores)) {
            all_scored = false;
            return;
          }
          std::lock_guard lock(done_mutex);
          for (size_t k = 0; k < scores.size(); ++k) {
            for (size_t i : work[g].asked[k]) done(i, scores[k]);
          }
        },
        tbb::simple_partitioner{});
  });
  if (!all_scored) throw_if_interrupted();
}

}  // namespace tailor::train
