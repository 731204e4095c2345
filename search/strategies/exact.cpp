// The list's entry of the strategy `exact`, which run_search hands the whole problem to.
#include "core/error.h"
#include "search/exact_search.h"

namespace tailor::search {
namespace {

class Exact : public Strategy {
 public:
  std::vector<Arch> ask(size_t) override { fail(); }
  void tell(std::span<const Evaluated>) override { fail(); }
  std::string save() const override { fail(); }
  void load(const std::string&) override { fail(); }

 private:
  [[noreturn]] static void fail() {
    throw Error("the strategy 'exact' solves a problem as a whole: call run_search");
  }
};

}  // namespace

StrategyRegistry::Factory make_exact;
std::unique_ptr<Strategy> make_exact(const ConfigNode& cfg, const StrategyContext&) {
  ExactSearchOptions::read(cfg);
  return std::make_unique<Exact>();
}

}  // namespace tailor::search
