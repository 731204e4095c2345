# The device 'cuda'. nvcc takes none of our warnings, so its file is a library of its own.
add_library(tailor_cuda_kernels STATIC backends/cuda_kernels.cu)
target_include_directories(tailor_cuda_kernels PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(tailor_cuda_kernels PUBLIC tailor_cuda_libraries)
target_sources(tailor_hw_native PRIVATE backends/cuda.cpp backends/cuda_device.cpp
  backends/cuda_network.cpp backends/cuda_program.cpp)
target_link_libraries(tailor_hw_native PRIVATE tailor_cuda_kernels)
target_compile_definitions(tailor_hw_native PRIVATE TAILOR_WITH_CUDA)
