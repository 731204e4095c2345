# CPU LibTorch from the PyPI wheel, without the wheel's own config (which demands a CUDA toolkit).
# Makes the imported target LibTorch::torch; TAILOR_LIBTORCH names another LibTorch.
set(_hint ${TAILOR_LIBTORCH})
if(NOT _hint)
  file(GLOB _hint ${PROJECT_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/torch)
endif()
find_path(LIBTORCH_INCLUDE_DIR torch/csrc/api/include/torch/torch.h
  PATHS ${_hint} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(LIBTORCH_C10 c10 PATHS ${_hint} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(LIBTORCH_CPU torch_cpu PATHS ${_hint} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_package(OpenMP COMPONENTS CXX QUIET)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REASON_FAILURE_MESSAGE "run tools/setup, or pass -DTAILOR_LIBTORCH=DIR (a folder with include/ and lib/)"
  REQUIRED_VARS LIBTORCH_INCLUDE_DIR LIBTORCH_C10 LIBTORCH_CPU OpenMP_CXX_FOUND)
if(LibTorch_FOUND AND NOT TARGET LibTorch::torch)
  add_library(LibTorch::torch INTERFACE IMPORTED)
  set_target_properties(LibTorch::torch PROPERTIES
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES
      "${LIBTORCH_INCLUDE_DIR};${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES "${LIBTORCH_CPU};${LIBTORCH_C10}")
endif()
