# Sets MUJOCO_INCLUDE_DIR and MUJOCO_LIBRARY where MuJoCo 2.2 or later is found: that of the system, such as Debian's
# package, or, with -D MUJOCO_ROOT=DIR, that in a folder: of an upstream archive, or the folder `mujoco` of the wheel from
# PyPI. Debian's own mujocoConfig.cmake asks for OpenGL and a folder of headers that its package does not bring.
set(MUJOCO_ROOT "" CACHE PATH "Folder of MuJoCo, if not that of the system")
if(NOT "${MUJOCO_ROOT}" STREQUAL "${HOLDFAST_MUJOCO_SEARCHED}") # what an earlier search found is of another folder
  unset(MUJOCO_INCLUDE_DIR CACHE)
  unset(MUJOCO_LIBRARY CACHE)
endif()
set(HOLDFAST_MUJOCO_SEARCHED "${MUJOCO_ROOT}" CACHE INTERNAL "Folder in which MuJoCo was searched")
if(MUJOCO_ROOT)
  find_path(MUJOCO_INCLUDE_DIR mujoco/mujoco.h PATHS "${MUJOCO_ROOT}/include" NO_DEFAULT_PATH)
  # The wheel's library has its version at the end of its name, where find_library does not look.
  file(GLOB holdfast_mujoco_libraries "${MUJOCO_ROOT}/lib/libmujoco.*" "${MUJOCO_ROOT}/libmujoco.*")
  list(FILTER holdfast_mujoco_libraries INCLUDE REGEX "libmujoco\\.(so|.*dylib)")
  if(holdfast_mujoco_libraries)
    list(GET holdfast_mujoco_libraries 0 holdfast_mujoco_library)
    set(MUJOCO_LIBRARY "${holdfast_mujoco_library}" CACHE FILEPATH "Library of MuJoCo")
  endif()
else()
  find_path(MUJOCO_INCLUDE_DIR mujoco/mujoco.h)
  find_library(MUJOCO_LIBRARY mujoco)
endif()
mark_as_advanced(MUJOCO_INCLUDE_DIR MUJOCO_LIBRARY)

# Gives `target` MuJoCo's headers, as those of the system, and its library.
function(holdfast_link_mujoco target)
  target_include_directories(${target} SYSTEM INTERFACE "${MUJOCO_INCLUDE_DIR}")
  target_link_libraries(${target} INTERFACE "${MUJOCO_LIBRARY}")
endfunction()
