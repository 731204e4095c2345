# Installs the build tree to a folder of its own, builds the project against it, runs it, and looks
# at its link line. Variables: BUILD, SOURCE, WORK, GENERATOR, COMPILER, FLAGS.
function(step name)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${name} failed (${code}):\n${out}\n${err}")
  endif()
  set(out "${out}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
step("install" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
step("configure" ${CMAKE_COMMAND} -S ${SOURCE}/project -B ${WORK}/build -G "${GENERATOR}"
  -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}"
  -DCMAKE_BUILD_TYPE=Release)
step("build" ${CMAKE_COMMAND} --build ${WORK}/build --verbose)
if(NOT out MATCHES "libtailor_search")
  message(FATAL_ERROR "no link line was seen:\n${out}")
endif()
if(out MATCHES "libtorch|torch_cpu|libc10|torch/csrc")
  message(FATAL_ERROR "the consumer needs LibTorch:\n${out}")
endif()
step("run" ${WORK}/build/consumer)
if(NOT out STREQUAL "cups=4,1 taste 9\n")
  message(FATAL_ERROR "the consumer printed: ${out}")
endif()
