# Precompiled headers: half of a small file's compile time is reading headers of other people.
# Each set is made once, by the target that owns it, and reused by the others. Of our own
# headers only tests/support/catch.h is in one: changing another rebuilds its readers alone.

set(TAILOR_STANDARD_HEADERS <algorithm> <array> <chrono> <cmath> <cstdint> <filesystem> <functional>
  <iostream> <limits> <map> <memory> <numeric> <optional> <set> <span> <sstream> <string>
  <string_view> <utility> <variant> <vector>)

set(TAILOR_PRECOMPILED_standard ${TAILOR_STANDARD_HEADERS})
set(TAILOR_PRECOMPILED_standard_OWNER tailor_core)
set(TAILOR_PRECOMPILED_tensor_class ${TAILOR_STANDARD_HEADERS} <ATen/core/Tensor.h>)
set(TAILOR_PRECOMPILED_tensor_class_OWNER tailor_stages)
# torch/torch.h would be half as large again, and its modules and optimizers are not used. The
# templates of autograd/custom_function.h would be instantiated anew in every reader: two seconds.
set(TAILOR_PRECOMPILED_tensors ${TAILOR_STANDARD_HEADERS}
  <ATen/ATen.h> <torch/csrc/autograd/autograd.h>)
set(TAILOR_PRECOMPILED_tensors_OWNER tailor_torch)
set(TAILOR_PRECOMPILED_catch ${TAILOR_STANDARD_HEADERS}
  ${PROJECT_SOURCE_DIR}/tests/support/catch.h)
set(TAILOR_PRECOMPILED_catch_OWNER tailor_core_tests)

# tailor_precompiled(target set): set is standard, tensor_class, tensors, catch or none.
function(tailor_precompiled target set)
  set(owner ${TAILOR_PRECOMPILED_${set}_OWNER})
  if(NOT TAILOR_PCH OR set STREQUAL "none")
    return()
  endif()
  # GCC 12 reports std::string's own code where its header is precompiled.
  target_compile_options(${target} PRIVATE
    -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
  if(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE ${TAILOR_PRECOMPILED_${set}})
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
  get_target_property(type ${target} TYPE)
  get_target_property(position_independent ${owner} POSITION_INDEPENDENT_CODE)
  if(type STREQUAL "EXECUTABLE" AND position_independent)  # GCC takes a header made with its own flags
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()
