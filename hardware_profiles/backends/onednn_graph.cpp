// Building and running a list of oneDNN primitives.
#include "hardware_profiles/backends/onednn_graph.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/error.h"

namespace tailor::hw {
namespace {

constexpr size_t kAlignment = 64;  // a cache line, and the widest vector
constexpr size_t kPage = size_t{4096};

}  // namespace

DnnlDesc dnnl_plain(const Shape& shape) {
  dnnl::memory::dims strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return {shape, dnnl::memory::data_type::f32, strides};
}

void DnnlGraph::Aligned::operator()(std::byte* memory) const { std::free(memory); }

int DnnlGraph::add_value(const DnnlDesc& desc) {
  values_.push_back({desc, kept_.size()});
  kept_.push_back(false);
  return static_cast<int>(values_.size()) - 1;
}

int DnnlGraph::add_view(int value, const DnnlDesc& desc) {
  values_.push_back({desc, values_[static_cast<size_t>(value)].storage});
  return static_cast<int>(values_.size()) - 1;
}

int DnnlGraph::in_layout(int value, const DnnlDesc& want) {
  if (desc(value) == want) return value;
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  const dnnl::reorder::primitive_desc pd(engine_, desc(value), engine_, want, attr);
  const int copy = add_value(want);
  add_call(
      {dnnl::reorder(pd), pd.scratchpad_desc(), {{DNNL_ARG_FROM, value}, {DNNL_ARG_TO, copy}}, {}});
  return copy;
}

dnnl::memory DnnlGraph::constant(const DnnlDesc& from, std::span<const float> values,
                                 const DnnlDesc& want) {
  TAILOR_CHECK(from.get_size() == values.size_bytes(), "weights have ", values.size_bytes(),
               " bytes, not ", from.get_size());
  dnnl::memory plain(from, engine_);
  std::memcpy(plain.get_data_handle(), values.data(), values.size_bytes());
  if (want == from) return plain;
  dnnl::memory out(want, engine_);
  dnnl::reorder(plain, out).execute(stream_, plain, out);
  stream_.wait();
  return out;
}

std::vector<BufferUse> DnnlGraph::storage_uses() const {
  std::vector<BufferUse> uses(kept_.size(), {0, calls_.size(), 0});
  for (const Value& value : values_) {
    BufferUse& use = uses[value.storage];
    use.bytes = std::max(use.bytes, value.desc.get_size());
  }
  for (size_t c = 0; c < calls_.size(); ++c) {
    for (const auto& [argument, value] : calls_[c].values) {
      BufferUse& use = uses[values_[static_cast<size_t>(value)].storage];
      use.first = std::min(use.first, c);
      use.last = std::max(use.last, c);
    }
  }
  for (size_t s = 0; s < uses.size(); ++s) {
    if (kept_[s]) uses[s] = {uses[s].bytes, 0, calls_.size()};
  }
  return uses;
}

void DnnlGraph::reserve(const BufferPlan& plan, size_t scratchpad_at, size_t bytes) {
  const size_t rounded = (bytes + kPage) / kPage * kPage;
  memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kPage, rounded)));
  if (!memory_) throw DeviceError(str("onednn: no memory for ", bytes, " bytes of activations"));
  std::memset(memory_.get(), 0, rounded);
  for (const Value& value : values_) {
    memories_.emplace_back(value.desc, engine_, memory_.get() + plan.offsets[value.storage]);
  }
  for (const DnnlCall& call : calls_) {
    scratchpads_.emplace_back(call.scratchpad, engine_, memory_.get() + scratchpad_at);
  }
}

void DnnlGraph::allocate() {
  const BufferPlan plan = plan_buffers(storage_uses(), kAlignment);
  size_t scratchpad = 0;
  for (const DnnlCall& call : calls_) scratchpad = std::max(scratchpad, call.scratchpad.get_size());
  const size_t scratchpad_at = (plan.bytes + kPage - 1) / kPage * kPage;
  bytes_ = static_cast<int64_t>(plan.bytes + scratchpad);
  reserve(plan, scratchpad_at, scratchpad_at + scratchpad);
  for (size_t c = 0; c < calls_.size(); ++c) {
    Ready& ready = ready_.emplace_back(Ready{calls_[c].primitive.get(), {}});
    for (const auto& [argument, value] : calls_[c].values) {
      ready.arguments.push_back({argument, memories_[static_cast<size_t>(value)].get()});
    }
    for (const auto& [argument, memory] : calls_[c].constants) {
      ready.arguments.push_back({argument, memory.get()});
    }
    ready.arguments.push_back({DNNL_ARG_SCRATCHPAD, scratchpads_[c].get()});
  }
}

void DnnlGraph::run() {
  // The C interface: the C++ one copies the arguments to a new vector on each call.
  for (const Ready& call : ready_) {
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(call.primitive, stream_.get(),
                               static_cast<int>(call.arguments.size()), call.arguments.data()),
        "could not execute a primitive");
  }
  stream_.wait();
}

void DnnlGraph::write(int value, const Shape& shape, std::span<const float> values) {
  const DnnlDesc plain = dnnl_plain(shape);
  TAILOR_CHECK(plain.get_size() == values.size_bytes(), values.size(), " values for ",
               shape_text(shape));
  dnnl::memory from(plain, engine_);
  std::memcpy(from.get_data_handle(), values.data(), values.size_bytes());
  dnnl::memory& to = memories_[static_cast<size_t>(value)];
  dnnl::reorder(from, to).execute(stream_, from, to);
  stream_.wait();
}

std::vector<float> DnnlGraph::read(int value, const Shape& shape) {
  dnnl::memory to(dnnl_plain(shape), engine_);
  dnnl::memory& from = memories_[static_cast<size_t>(value)];
  dnnl::reorder(from, to).execute(stream_, from, to);
  stream_.wait();
  std::vector<float> out(static_cast<size_t>(numel(shape)));
  std::memcpy(out.data(), to.get_data_handle(), out.size() * sizeof(float));
  return out;
}

std::vector<std::string> DnnlGraph::implementations() const {
  std::vector<std::string> out;
  for (const DnnlCall& call : calls_) {
    const_dnnl_primitive_desc_t pd = call.primitive.get_primitive_desc();
    const char* name = nullptr;
    dnnl::error::wrap_c_api(
        dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, static_cast<void*>(&name)),
        "could not name an implementation");
    out.push_back(str(call.name, " ", name ? name : "unknown"));
  }
  return out;
}

}  // namespace tailor::hw
