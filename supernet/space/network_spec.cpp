// Names and sizes of a workload's parts.
#include "supernet/space/network_spec.h"

#include "core/error.h"

namespace tailor {

std::string precision_name(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return "f32";
    case Precision::bf16:
      return "bf16";
    case Precision::f16:
      return "f16";
  }
  throw Error("precision without a name");
}

int64_t element_bytes(Precision precision) { return precision == Precision::f32 ? 4 : 2; }

}  // namespace tailor
