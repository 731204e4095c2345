# libjpeg-turbo's own interface: the imported target TurboJPEG::turbojpeg.
find_path(TURBOJPEG_INCLUDE_DIR turbojpeg.h)
find_library(TURBOJPEG_LIBRARY turbojpeg)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(TurboJPEG REQUIRED_VARS TURBOJPEG_INCLUDE_DIR TURBOJPEG_LIBRARY)
if(TURBOJPEG_FOUND OR TurboJPEG_FOUND)
  if(NOT TARGET TurboJPEG::turbojpeg)
    add_library(TurboJPEG::turbojpeg UNKNOWN IMPORTED)
    set_target_properties(TurboJPEG::turbojpeg PROPERTIES
      IMPORTED_LOCATION "${TURBOJPEG_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${TURBOJPEG_INCLUDE_DIR}")
  endif()
endif()
