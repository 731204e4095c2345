// What all operations share: looking up weights, printing attributes.
#include "supernet/space/op.h"

#include "core/str.h"

namespace tailor {
namespace {

class AttrPrinter : public AttrVisitor {
 public:
  void on(const char* name, int64_t& value) override { add(name, str(value)); }
  void on(const char* name, double& value) override { add(name, number(value)); }
  void on(const char* name, std::string& value) override { add(name, value); }
  void on(const char* name, std::vector<int64_t>& value) override { add(name, join(value, ",")); }
  const std::string& text() const { return text_; }

 private:
  void add(const char* name, const std::string& value) {
    if (!text_.empty()) text_ += ' ';
    text_ += str(name, "=", value);
  }
  std::string text_;
};

}  // namespace

const WeightRef* OpInputs::weight(Role role) const {
  for (const WeightRef& ref : weights) {
    if (ref.role == role) return &ref;
  }
  return nullptr;
}

int64_t Op::macs(const OpInputs&, const Shape&) const { return 0; }

std::vector<StateSlot> Op::state(const OpInputs&) const { return {}; }

std::string Op::text() const {
  AttrPrinter printer;
  clone()->visit(printer);
  return str(kind(), "(", printer.text(), ")");
}

}  // namespace tailor
