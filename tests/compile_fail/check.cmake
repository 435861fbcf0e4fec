# cmake -D SOURCE=FILE.cpp -P check.cmake -- COMPILER ARGUMENT…
# Passes if the compiler refuses FILE.cpp with the message that its first line states: `// expect: REGEX`.

file(STRINGS "${SOURCE}" line LIMIT_COUNT 1)
if(NOT line MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "${SOURCE} must begin with a line '// expect: REGEX', but begins with '${line}'")
endif()
set(expected "${CMAKE_MATCH_1}")

set(compile "")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(DEFINED separator_seen)
    list(APPEND compile "${CMAKE_ARGV${i}}")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(separator_seen TRUE)
  endif()
endforeach()

execute_process(COMMAND ${compile} "${SOURCE}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${SOURCE} must not compile, but does")
elseif(NOT output MATCHES "${expected}")
  message(FATAL_ERROR "The compiler was expected to say '${expected}', but said:\n${output}")
endif()
