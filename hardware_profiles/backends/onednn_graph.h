// Values and calls of oneDNN primitives, and the memory they run in. Sources that include this see
// no LibTorch header: the wheel carries another oneDNN's.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hardware_profiles/buffer_plan.h"
#include "supernet/space/weight_ref.h"

namespace tailor::hw {

using DnnlDesc = dnnl::memory::desc;

/// Row-major.
DnnlDesc dnnl_plain(const Shape& shape);

/// One primitive with its arguments.
struct DnnlCall {
  dnnl::primitive primitive;
  DnnlDesc scratchpad;
  std::vector<std::pair<int, int>> values;              ///< argument, value
  std::vector<std::pair<int, dnnl::memory>> constants;  ///< argument, weights
  std::string name = "reorder";                         ///< the node it runs
};

/// Built once: values, then calls that read and write them, then allocate(). Runs allocate nothing.
class DnnlGraph {
 public:
  explicit DnnlGraph(dnnl::engine engine) : engine_(std::move(engine)), stream_(engine_) {}

  const dnnl::engine& engine() const { return engine_; }
  const DnnlDesc& desc(int value) const { return values_[static_cast<size_t>(value)].desc; }

  int add_value(const DnnlDesc& desc);
  /// Its memory is nobody else's: inputs and outputs.
  void keep(int value) { kept_[values_[static_cast<size_t>(value)].storage] = true; }
  /// The same memory as `value`, seen as something else: a view, or a result written in place.
  int add_view(int value, const DnnlDesc& desc);
  /// `value` itself when it has that layout, else a reordered copy.
  int in_layout(int value, const DnnlDesc& desc);
  /// Weights in the layout a primitive wants, reordered now.
  dnnl::memory constant(const DnnlDesc& from, std::span<const float> values, const DnnlDesc& want);
  void add_call(DnnlCall call) { calls_.push_back(std::move(call)); }

  /// Gives every value its memory; no value or call may follow.
  void allocate();
  void run();
  void write(int value, const Shape& shape, std::span<const float> values);
  std::vector<float> read(int value, const Shape& shape);
  std::vector<std::string> implementations() const;
  /// Of values and scratch, after allocate().
  int64_t bytes() const { return bytes_; }

 private:
  struct Value {
    DnnlDesc desc;
    size_t storage = 0;
  };
  struct Aligned {
    void operator()(std::byte* memory) const;
  };
  struct Ready {  ///< a call with pointers to its memories
    dnnl_primitive_t primitive = nullptr;
    std::vector<dnnl_exec_arg_t> arguments;
  };

  std::vector<BufferUse> storage_uses() const;
  void reserve(const BufferPlan& plan, size_t scratchpad_at, size_t bytes);

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::vector<Value> values_;
  std::vector<bool> kept_;  // of each storage
  std::vector<DnnlCall> calls_;
  std::unique_ptr<std::byte, Aligned> memory_;
  int64_t bytes_ = 0;
  std::vector<dnnl::memory> memories_;     // of each value
  std::vector<dnnl::memory> scratchpads_;  // of each call
  std::vector<Ready> ready_;
};

}  // namespace tailor::hw
