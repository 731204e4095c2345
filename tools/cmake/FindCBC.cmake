# COIN-OR branch and cut with its C interface: the imported target CBC::cbc.
find_path(CBC_INCLUDE_DIR coin/Cbc_C_Interface.h)
find_library(CBC_LIBRARY CbcSolver)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CBC
  REASON_FAILURE_MESSAGE "run tools/setup (Debian: coinor-libcbc-dev)"
  REQUIRED_VARS CBC_LIBRARY CBC_INCLUDE_DIR)
if(CBC_FOUND AND NOT TARGET CBC::cbc)
  add_library(CBC::cbc UNKNOWN IMPORTED)
  set_target_properties(CBC::cbc PROPERTIES
    IMPORTED_LOCATION "${CBC_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${CBC_INCLUDE_DIR}")
endif()
