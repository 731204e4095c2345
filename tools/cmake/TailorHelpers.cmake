# Helpers of our own CMake files: ccache, warnings, libraries, tests, the installed package.
include(TailorPrecompiled)

function(tailor_use_ccache)
  find_program(TAILOR_CCACHE ccache)
  if(TAILOR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # A precompiled header carries time stamps; without these settings ccache skips its users.
    set(launcher ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${TAILOR_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher} PARENT_SCOPE)
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher} PARENT_SCOPE)
  endif()
endfunction()

add_library(tailor_warnings INTERFACE)
# GCC 12 reports std::string's own code: -Wrestrict (GCC bug 105651) and -Wmaybe-uninitialized.
target_compile_options(tailor_warnings INTERFACE -Wall -Wextra -Wshadow -Wconversion
  -Wno-restrict -Wno-maybe-uninitialized
  $<$<BOOL:${TAILOR_WERROR}>:-Werror>)

# tailor_library(NAME [PRECOMPILED set] SOURCES a.cpp ... PUBLIC libs ... PRIVATE libs ...)
# A static library with alias tailor::<name without "tailor_">, our warnings and include folders.
function(tailor_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  string(REPLACE "tailor_" "" short ${name})
  add_library(tailor::${short} ALIAS ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${short} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/tailor>)
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC}
    PRIVATE $<BUILD_INTERFACE:tailor_warnings> ${ARG_PRIVATE})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED standard)
  endif()
  tailor_precompiled(${name} ${ARG_PRECOMPILED})
endfunction()

# tailor_test(NAME LABEL label [PRECOMPILED set] SOURCES a.cpp ... LIBS libs ...)
# One Catch2 executable, one ctest entry.
function(tailor_test name)
  cmake_parse_arguments(ARG "" "LABEL;PRECOMPILED" "SOURCES;LIBS" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED catch)
  endif()
  add_executable(${name} ${ARG_SOURCES} $<TARGET_OBJECTS:tailor_catch_main>)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE tailor_warnings Catch2::Catch2 ${ARG_LIBS})
  # Run once for each time it is compiled: -O1 is quickest in sum.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_compile_definitions(${name} PRIVATE TAILOR_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} SKIP_RETURN_CODE 77)
  tailor_precompiled(${name} ${ARG_PRECOMPILED})
endfunction()

# The package `find_package(tailor COMPONENTS search)`: headers under include/tailor, torch-free
# libraries, configs and device profiles.
function(tailor_install_package)
  set(libraries tailor_core tailor_space tailor_hw tailor_predictors tailor_search)
  install(TARGETS ${libraries} EXPORT tailorTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT tailorTargets NAMESPACE tailor:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tailor)
  foreach(room core supernet/space supernet/ops supernet/blocks supernet/export hardware_profiles
          predictors search)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${room}/ DESTINATION include/tailor/${room}
            FILES_MATCHING PATTERN "*.h" PATTERN "*torch*" EXCLUDE)
  endforeach()
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION share/tailor)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/hardware_profiles/profiles DESTINATION share/tailor)
  include(CMakePackageConfigHelpers)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/tools/cmake/tailorConfig.cmake.in
    ${PROJECT_BINARY_DIR}/tailorConfig.cmake
    INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tailor)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/tailorConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/tailorConfig.cmake
    ${PROJECT_BINARY_DIR}/tailorConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/tools/cmake/FindCBC.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/tailor)
  if(TARGET tailor)
    install(TARGETS tailor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endfunction()
