# oneDNN 3 with OpenMP, from the PyPI packages onednn-devel-cpu-gomp (headers) and onednn-cpu-gomp
# (library): the imported target OneDNN::dnnl. TAILOR_ONEDNN names another folder. Never the
# headers that LibTorch's wheel carries: they are another version's.
set(_hint ${TAILOR_ONEDNN})
if(NOT _hint)
  set(_hint ${PROJECT_SOURCE_DIR}/.deps/python)
endif()
find_path(ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl.hpp PATHS ${_hint} PATH_SUFFIXES include
  NO_DEFAULT_PATH)
find_library(ONEDNN_LIBRARY dnnl PATHS ${_hint} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_package(OpenMP COMPONENTS CXX QUIET)
set(ONEDNN_VERSION "")
set(_version_header ${ONEDNN_INCLUDE_DIR}/oneapi/dnnl/dnnl_version.h)
if(EXISTS ${_version_header})
  foreach(_part MAJOR MINOR PATCH)
    file(STRINGS ${_version_header} _line REGEX "define DNNL_VERSION_${_part} +[0-9]+")
    string(REGEX MATCH "[0-9]+$" _number "${_line}")
    list(APPEND ONEDNN_VERSION ${_number})
  endforeach()
  list(JOIN ONEDNN_VERSION "." ONEDNN_VERSION)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OneDNN
  REQUIRED_VARS ONEDNN_LIBRARY ONEDNN_INCLUDE_DIR OpenMP_CXX_FOUND
  VERSION_VAR ONEDNN_VERSION
  REASON_FAILURE_MESSAGE
    "without it there is no device 'onednn': run tools/setup, or pass -DTAILOR_ONEDNN=DIR (a folder with include/ and lib/)")
if(OneDNN_FOUND AND NOT TARGET OneDNN::dnnl)
  add_library(OneDNN::dnnl INTERFACE IMPORTED)
  set_target_properties(OneDNN::dnnl PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${ONEDNN_INCLUDE_DIR}"
    INTERFACE_COMPILE_OPTIONS "${OpenMP_CXX_FLAGS}"
    # By name: CMake would warn that LibTorch's folder has a libgomp too, which is the same one.
    INTERFACE_LINK_LIBRARIES "${ONEDNN_LIBRARY};-lgomp")
endif()
