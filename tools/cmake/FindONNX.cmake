# libonnx with its protobuf: the imported target ONNX::onnx. Debian's package has no CMake file.
find_package(Protobuf REQUIRED)
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h)
find_library(ONNX_LIBRARY onnx)
find_library(ONNX_PROTO_LIBRARY onnx_proto)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ONNX REQUIRED_VARS ONNX_INCLUDE_DIR ONNX_LIBRARY)
if(ONNX_FOUND AND NOT TARGET ONNX::onnx)
  add_library(ONNX::onnx INTERFACE IMPORTED)
  set_target_properties(ONNX::onnx PROPERTIES
    INTERFACE_COMPILE_DEFINITIONS "ONNX_ML=1;ONNX_NAMESPACE=onnx"
    INTERFACE_INCLUDE_DIRECTORIES "${ONNX_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${ONNX_LIBRARY};protobuf::libprotobuf")
  if(ONNX_PROTO_LIBRARY)
    set_property(TARGET ONNX::onnx APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${ONNX_PROTO_LIBRARY})
  endif()
endif()
