// An allocator that counts.
#include "supernet/torch/live_tensors.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "core/error.h"

namespace tailor::supernet {
namespace {

/// One for the process, since tensors keep pointing at it.
class Counting : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = bytes > 0 ? c10::alloc_cpu(bytes) : nullptr;
    if (data) {
      const std::lock_guard lock(mutex_);
      sizes_[data] = {static_cast<int64_t>(bytes), count_};
      live_ += static_cast<int64_t>(bytes);
      peak_ = std::max(peak_, live_);
    }
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  static Counting& one() {
    static auto* counting = new Counting;  // tensors of static life may be let go after it
    return *counting;
  }
  int64_t live() const { return locked(live_); }
  int64_t peak() const { return locked(peak_); }
  void reset_peak() {
    const std::lock_guard lock(mutex_);
    peak_ = live_;
  }
  /// What is made from now on counts, and nothing before.
  void begin() {
    const std::lock_guard lock(mutex_);
    ++count_;
    live_ = peak_ = 0;
  }
  std::atomic<bool> in_use = false;

 private:
  static void release(void* data) {
    if (!data) return;
    Counting& self = one();
    {
      const std::lock_guard lock(self.mutex_);
      const auto found = self.sizes_.find(data);
      if (found->second.count == self.count_) self.live_ -= found->second.bytes;
      self.sizes_.erase(found);
    }
    c10::free_cpu(data);
  }
  int64_t locked(const int64_t& value) const {
    const std::lock_guard lock(mutex_);
    return value;
  }

  mutable std::mutex mutex_;
  struct Size {
    int64_t bytes, count;  // made in the time of which object
  };
  std::unordered_map<void*, Size> sizes_;
  int64_t live_ = 0, peak_ = 0, count_ = 0;
};

}  // namespace

struct LiveTensors::Restore {
  c10::Allocator* before = c10::GetCPUAllocator();
};

LiveTensors::LiveTensors() {
  if (Counting::one().in_use.exchange(true)) throw Error("tensors are counted already");
  restore_ = std::make_unique<Restore>();
  Counting::one().begin();
  c10::SetCPUAllocator(&Counting::one());
}

LiveTensors::~LiveTensors() {
  c10::SetCPUAllocator(restore_->before);
  Counting::one().in_use = false;
}

int64_t LiveTensors::bytes() const { return Counting::one().live(); }

int64_t LiveTensors::peak_bytes() const { return Counting::one().peak(); }

void LiveTensors::reset_peak() { Counting::one().reset_peak(); }

}  // namespace tailor::supernet
