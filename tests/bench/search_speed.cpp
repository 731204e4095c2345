// How fast the parts of a search are, on one core.
//
//   bench_search_speed OFA_FOLDER [ROUNDS]
//
// Every figure is the median of ROUNDS (9) turns with its range:
//   multiply-adds   32-bit, fused, a second, of this core at its best (a loop without memory)
//   predictor       archs a second through the published accuracy predictor, and which part of that
//                   peak its multiply-adds are (the sums of the first layer are left out)
//   tables          archs a second through the published latency as sums of tables
//   two threads     a search's archs a second on two threads against one
//   two searches    archs a second of two searches side by side that share nothing, against one:
//                   what the second core adds on this machine
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iomanip>
#include <iostream>
#include <thread>

#include "core/error.h"
#include "core/log.h"
#include "predictors/dense_relu.h"
#include "search/driver.h"
#include "tests/support/note10.h"

namespace tailor::search {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(const std::function<void()>& body) {
  const Clock::time_point begin = Clock::now();
  body();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

template <int Bytes>
inline __attribute__((always_inline)) float multiply_adds(int64_t rounds) {
  typedef float V __attribute__((vector_size(Bytes)));
  V sums[12];
  for (V& sum : sums) {
    sum = V{};
    asm volatile("" : "+x"(sum));  // for all the compiler knows they differ
  }
  V factor = V{} + 0.999F;
  for (int64_t k = 0; k < rounds; ++k) {
#pragma GCC unroll 12
    for (V& sum : sums) sum = sum * factor + factor;
    asm volatile("" : "+x"(factor));
  }
  float out = 0;
  for (const V& sum : sums) {
    V own = sum;
    out += reinterpret_cast<const float*>(&own)[0];
  }
  return out;
}

struct Peak {
  float (*loop)(int64_t);
  int lanes;
};

float plain(int64_t rounds) { return multiply_adds<16>(rounds); }
#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) float avx2(int64_t rounds) { return multiply_adds<32>(rounds); }
__attribute__((target("avx512f"))) float avx512(int64_t rounds) {
  return multiply_adds<64>(rounds);
}
#endif

Peak peak() {
  const std::string name = predict::dense_relu_instructions();
#if defined(__x86_64__)
  if (name == "avx512f") return {avx512, 16};
  if (name == "avx2") return {avx2, 8};
#endif
  return {plain, 4};
}

class Figures {
 public:
  void add(double value) { values_.push_back(value); }
  double median() const {
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
  std::string text() const {
    const auto [low, high] = std::minmax_element(values_.begin(), values_.end());
    std::ostringstream out;
    out << std::setprecision(4) << median() << " (" << *low << " to " << *high << ")";
    return out.str();
  }

 private:
  std::vector<double> values_;
};

double search_rate(const test::Note10& note10, int threads) {
  const SearchResult result =
      run_search(note10.problem(25), choose_strategy(ConfigNode::empty("s")),
                 {.evaluations = 50100, .batch = 256, .threads = threads});
  return static_cast<double>(result.evaluations) / result.seconds;
}

int run(int argc, char** argv) {
  if (argc < 2) throw Error("usage: bench_search_speed OFA_FOLDER [ROUNDS]");
  const int rounds = argc > 2 ? std::stoi(argv[2]) : 9;
  set_log_sink([](LogLevel, const std::string&) {});
  const test::Note10 note10(argv[1]), twin(argv[1]);
  const Restriction only = note10.restriction();
  Rng rng(1);
  std::vector<Arch> archs;
  for (int i = 0; i < 6400; ++i) archs.push_back(note10.space().sample_choices(rng, &only));
  std::vector<Estimate> out(archs.size());
  note10.latency().estimate(archs, out);  // its tables are made
  double dense = 0;
  const auto& layers = note10.accuracy().network().layers();
  for (size_t l = 1; l < layers.size(); ++l) {
    dense += static_cast<double>(layers[l].in * layers[l].out);
  }
  constexpr int64_t kLoop = 20'000'000;
  volatile float sink = 0;
  Figures best, predictor, tables, threads, apart;
  for (int k = 0; k < rounds; ++k) {
    const Peak own = peak();
    best.add(12.0 * own.lanes * kLoop / seconds([&] { sink = own.loop(kLoop); }));
    const auto n = static_cast<double>(archs.size());
    predictor.add(n / seconds([&] { note10.accuracy().estimate(archs, out); }));
    tables.add(n * 20 / seconds([&] {
                 for (int i = 0; i < 20; ++i) note10.latency().estimate(archs, out);
               }));
    const double one = search_rate(note10, 1);
    threads.add(search_rate(note10, 2) / one);
    double first = 0, second = 0;
    std::thread other([&] { second = search_rate(twin, 1); });
    first = search_rate(note10, 1);
    other.join();
    apart.add((first + second) / one);
  }
  std::cout << "instructions   " << predict::dense_relu_instructions() << "\nmultiply-adds  "
            << best.text() << " a second\npredictor      " << predictor.text()
            << " archs a second, " << std::lround(100 * dense * predictor.median() / best.median())
            << " % of the peak\ntables         " << tables.text()
            << " archs a second\ntwo threads    " << threads.text() << " times one\ntwo searches   "
            << apart.text() << " times one\n";
  return 0;
}

}  // namespace
}  // namespace tailor::search

int main(int argc, char** argv) {
  try {
    return tailor::search::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench_search_speed: " << error.what() << "\n";
    return 1;
  }
}
