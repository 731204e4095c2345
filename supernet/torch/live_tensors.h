// How much memory tensors take.
#pragma once

#include <cstdint>
#include <memory>

namespace tailor::supernet {

/// Counts the bytes of the CPU tensors that are made while it lives; one at a time in a process
/// (throws Error for a second one). It takes the place of LibTorch's allocator for that time; what
/// is made in it may outlive it. What libraries take for themselves (oneDNN's scratch) is not seen.
class LiveTensors {
 public:
  LiveTensors();
  ~LiveTensors();
  LiveTensors(const LiveTensors&) = delete;
  LiveTensors& operator=(const LiveTensors&) = delete;

  /// Of those made since this began, what is alive now.
  int64_t bytes() const;
  int64_t peak_bytes() const;
  /// The peak begins anew at what is alive.
  void reset_peak();

 private:
  struct Restore;
  std::unique_ptr<Restore> restore_;
};

}  // namespace tailor::supernet
