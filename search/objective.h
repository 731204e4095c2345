// What a search improves: a metric and the direction that is better.
#pragma once

#include <string>

namespace tailor::search {

enum class Direction { minimise, maximise };

struct Objective {
  std::string metric;
  Direction direction = Direction::maximise;
};

/// Is `a` strictly better than `b`?
inline bool better(double a, double b, Direction direction) {
  return direction == Direction::maximise ? a > b : a < b;
}

}  // namespace tailor::search
