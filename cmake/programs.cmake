# What the project's own programs are compiled with, and none of those who use the library.

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release)
  endif()
  set(CMAKE_COMPILE_WARNING_AS_ERROR ON) # cmake --compile-no-warning-as-error overrules it
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

# Several sources of a library or program make one translation unit, which takes a third of the time: what is in an
# unnamed namespace needs names of its own, or one of the file around it. -D CMAKE_UNITY_BUILD=OFF compiles each alone.
if(NOT DEFINED CMAKE_UNITY_BUILD)
  set(CMAKE_UNITY_BUILD ON)
endif()
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)

add_library(holdfast_warnings INTERFACE)
target_compile_options(holdfast_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)

add_library(holdfast_program INTERFACE)
holdfast_agree(holdfast_program INTERFACE)
target_link_libraries(holdfast_program INTERFACE holdfast_library holdfast_warnings)
# GCC's own collection of garbage takes a tenth of the time.
target_compile_options(holdfast_program INTERFACE $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1048576>)
if(HOLDFAST_NATIVE) # GCC 12 takes its own AVX-512 intrinsics, `__m512 __Y = __Y`, for uninitialized ones (bug 105593)
  target_compile_options(holdfast_program
                         INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized -Wno-maybe-uninitialized>)
endif()

# Sets `result` to whether `file` includes <hdf5.h>, itself or through headers of the project.
function(holdfast_needs_hdf5 file result)
  get_property(needed GLOBAL PROPERTY "holdfast_needs_hdf5 ${file}")
  if("${needed}" STREQUAL "")
    set(needed FALSE)
    cmake_path(GET file PARENT_PATH folder)
    file(STRINGS "${file}" includes REGEX "^ *# *include")
    foreach(include IN LISTS includes)
      if(include MATCHES "<hdf5\\.h>")
        set(needed TRUE)
      elseif(include MATCHES "\"(.+)\"")
        foreach(root IN ITEMS "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/examples"
                              "${PROJECT_SOURCE_DIR}/tests" "${folder}")
          if(NOT needed AND EXISTS "${root}/${CMAKE_MATCH_1}")
            holdfast_needs_hdf5("${root}/${CMAKE_MATCH_1}" needed)
          endif()
        endforeach()
      endif()
    endforeach()
    set_property(GLOBAL PROPERTY "holdfast_needs_hdf5 ${file}" ${needed})
  endif()
  set(${result} ${needed} PARENT_SCOPE)
endfunction()

# Removes from the list `files` what cannot be compiled because HDF5 was not found, and says so.
function(holdfast_skip_without_hdf5 files)
  if(TARGET holdfast::hdf5)
    return()
  endif()
  foreach(file IN LISTS ${files})
    holdfast_needs_hdf5("${file}" needed)
    if(needed)
      list(REMOVE_ITEM ${files} "${file}")
      cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${PROJECT_SOURCE_DIR}")
      message(STATUS "Skipped, for want of HDF5: ${file}")
    endif()
  endforeach()
  set(${files} ${${files}} PARENT_SCOPE)
endfunction()

# Makes a program of source files on the frame of examples/support, and tests the contract of every such program: it
# describes itself, and bad arguments end it with 2 and one line of explanation.
function(holdfast_add_program name)
  add_executable(${name} ${ARGN})
  set(main ${ARGN})
  list(FILTER main INCLUDE REGEX "/${name}\\.cpp$")
  set_source_files_properties(${main} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON) # clang-tidy looks for it by its name
  target_link_libraries(${name} PRIVATE program_support)
  target_precompile_headers(${name} REUSE_FROM program_support)
  if(HOLDFAST_BUILD_TESTS)
    add_test(NAME program.${name}.help COMMAND ${name} --help)
    add_test(NAME program.${name}.version COMMAND ${name} --version)
    set_tests_properties(program.${name}.version PROPERTIES PASS_REGULAR_EXPRESSION "${PROJECT_VERSION}")
    add_test(NAME program.${name}.refuses_unknown_option
             COMMAND sh -c "error=$(\"$0\" --no-such-option 2>&1 >/dev/null); [ $? = 2 ] && expr \"$error\" : 'error: '"
                     "$<TARGET_FILE:${name}>")
    set_tests_properties(program.${name}.help program.${name}.version program.${name}.refuses_unknown_option
                         PROPERTIES LABELS program)
  endif()
endfunction()
