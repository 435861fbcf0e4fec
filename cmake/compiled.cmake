# The library's usual instantiations, compiled once: what its headers declare `extern template` is what is compiled.

# Gives `target` what all translation units of a program must agree on: whether the processor has AVX says how Eigen
# aligns memory.
function(holdfast_agree target scope)
  if(HOLDFAST_NATIVE)
    target_compile_options(${target} ${scope} -march=native)
    # With AVX-512, GCC 12.2's vectorizer of straight-line code turns the constants {1, 1, 0, 0} into {1, 1, 1, 1}.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
      target_compile_options(${target} ${scope} -fno-tree-slp-vectorize)
    endif()
  endif()
endfunction()

# A static library of the instantiations. Those who link it take them from there.
function(holdfast_add_compiled target)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/*.hpp")
  set(sources "")
  foreach(header IN LISTS headers)
    file(READ "${header}" text)
    string(REGEX MATCHALL "\nextern template [^;]+" declarations "${text}")
    if(declarations)
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
      cmake_path(RELATIVE_PATH header BASE_DIRECTORY "${PROJECT_SOURCE_DIR}/include")
      list(TRANSFORM declarations REPLACE "\nextern " "")
      list(JOIN declarations ";\n" definitions)
      set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}/${header}.cpp")
      file(CONFIGURE OUTPUT "${source}" @ONLY
           CONTENT "#include \"@header@\"\nnamespace holdfast {\n@definitions@;\n}\n")
      list(APPEND sources "${source}")
    endif()
  endforeach()
  add_library(${target} STATIC ${sources})
  target_link_libraries(${target} PUBLIC holdfast_library)
  target_compile_definitions(${target} PUBLIC HOLDFAST_EXTERN)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 4 CXX_EXTENSIONS OFF)
endfunction()
