# Installs the library into a scratch folder, then configures, builds and runs the project in this folder with it.

file(REMOVE_RECURSE "${SCRATCH}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${SCRATCH}/prefix" OUTPUT_QUIET
                        COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND
    "${CMAKE_COMMAND}" -G "${GENERATOR}" -S "${CMAKE_CURRENT_LIST_DIR}" -B "${SCRATCH}/build"
    -D "CMAKE_PREFIX_PATH=${SCRATCH}/prefix;${PREFIX_PATH}" -D "CMAKE_C_COMPILER=${C_COMPILER}"
    -D "CMAKE_CXX_COMPILER=${CXX_COMPILER}" -D "COMPONENT=${COMPONENT}" -D CMAKE_EXPORT_COMPILE_COMMANDS=ON
    COMMAND_ERROR_IS_FATAL ANY)

file(READ "${SCRATCH}/build/compile_commands.json" commands)
set(leaks " -O" " -W" " -DNDEBUG" "${BUILD}/include")
if(NOT COMPONENT STREQUAL "compiled") # those who link to it are compiled as it was
  list(APPEND leaks " -march" " -fopenmp" " -DEIGEN" " -DHOLDFAST")
endif()
foreach(leak IN LISTS leaks)
  string(FIND "${commands}" "${leak}" found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "The library forces '${leak}' on those who use it: ${commands}")
  endif()
endforeach()
if(COMPONENT STREQUAL "core" AND commands MATCHES "hdf5")
  message(FATAL_ERROR "The library needs HDF5 where it was not asked for: ${commands}")
endif()

execute_process(COMMAND "${CMAKE_COMMAND}" --build "${SCRATCH}/build" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${SCRATCH}/build/consumer" COMMAND_ERROR_IS_FATAL ANY)
