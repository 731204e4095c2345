// Adds the backends that call a vendor's library to a list of devices; those this build lacks say
// why when asked for.
#include "hardware_profiles/device.h"

namespace tailor::hw {

DeviceRegistry::Factory make_cuda, make_onednn;

void add_native_backends(DeviceRegistry& registry) {
#ifdef TAILOR_WITH_CUDA
  registry.add("cuda", "cuDNN and cuBLAS on an NVIDIA GPU", make_cuda);
#else
  registry.add_absent(
      "cuda", "built without CUDA; configure with -DTAILOR_WITH_CUDA=ON where nvcc and cuDNN are");
#endif
#ifdef TAILOR_WITH_ONEDNN
  registry.add("onednn", "oneDNN's fused kernels on this machine's processor", make_onednn);
#else
  registry.add_absent("onednn", "built without oneDNN; run tools/setup and configure again");
#endif
}

}  // namespace tailor::hw
