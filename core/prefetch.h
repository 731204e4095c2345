// Values made in the background, a few ahead of their use.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/error.h"

namespace tailor {

/// make(begin), make(begin + 1), ... make(end - 1), given out in this order. At most `ahead` values
/// are made or being made before they are taken; with 0 threads each is made when it is asked for.
/// `make` is called from several threads at once; what it makes must depend on its number alone, so
/// that the values do not depend on the number of threads. (Threads of its own: a pool shared with
/// whoever takes the values would lend none while all of them compute.)
template <class T>
class Prefetch {
 public:
  using Make = std::function<T(int64_t)>;

  Prefetch(int64_t begin, int64_t end, Make make, int64_t threads, int64_t ahead)
      : make_(std::move(make)),
        end_(end),
        ahead_(ahead < 1 ? 1 : ahead),
        begun_(begin),
        taken_(begin) {
    for (int64_t t = 0; t < threads; ++t) threads_.emplace_back([this] { work(); });
  }

  ~Prefetch() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_.notify_all();
    threads_.clear();
  }

  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// Waits for the next value. Rethrows what making it threw. Throws Error after the last.
  T next() {
    if (taken_ >= end_) throw Error(str("prefetch: asked for more than ", end_, " values"));
    const int64_t number = taken_;
    if (threads_.empty()) {
      ++taken_;
      return make_(number);
    }
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return done_.contains(number); });
    Slot slot = std::move(done_.extract(number).mapped());
    ++taken_;
    room_.notify_all();
    if (slot.error) std::rethrow_exception(slot.error);
    return std::move(slot.value);
  }

 private:
  struct Slot {
    T value{};
    std::exception_ptr error;
  };

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      room_.wait(lock, [&] { return stopping_ || begun_ >= end_ || begun_ < taken_ + ahead_; });
      if (stopping_ || begun_ >= end_) return;
      const int64_t number = begun_++;
      lock.unlock();
      Slot slot;
      try {
        slot.value = make_(number);
      } catch (...) {
        slot.error = std::current_exception();
      }
      lock.lock();
      done_[number] = std::move(slot);
      ready_.notify_all();
    }
  }

  const Make make_;
  const int64_t end_, ahead_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::map<int64_t, Slot> done_;
  int64_t begun_, taken_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace tailor
