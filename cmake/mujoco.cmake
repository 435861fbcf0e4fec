# Sets MUJOCO_INCLUDE_DIR and MUJOCO_LIBRARY where MuJoCo 2.2 or later is found: Debian's package, or a folder given as
# -D MUJOCO_ROOT=DIR, which is that of an upstream archive or the folder `mujoco` of the wheel from PyPI. Debian's own
# mujocoConfig.cmake asks for OpenGL and a folder of headers that its package does not bring.
set(MUJOCO_ROOT "" CACHE PATH "Folder of MuJoCo where it is not installed in the system")
file(GLOB holdfast_mujoco_versioned RELATIVE "${MUJOCO_ROOT}" "${MUJOCO_ROOT}/libmujoco.so.*") # the wheel has no other
find_path(MUJOCO_INCLUDE_DIR mujoco/mujoco.h HINTS "${MUJOCO_ROOT}" PATH_SUFFIXES include)
find_library(MUJOCO_LIBRARY NAMES mujoco ${holdfast_mujoco_versioned} HINTS "${MUJOCO_ROOT}" PATH_SUFFIXES lib bin)
mark_as_advanced(MUJOCO_INCLUDE_DIR MUJOCO_LIBRARY)

# Gives `target` MuJoCo's headers, as those of the system, and its library.
function(holdfast_link_mujoco target)
  target_include_directories(${target} SYSTEM INTERFACE "${MUJOCO_INCLUDE_DIR}")
  target_link_libraries(${target} INTERFACE "${MUJOCO_LIBRARY}")
endfunction()
