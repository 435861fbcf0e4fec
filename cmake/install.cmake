include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/holdfast")

install(DIRECTORY include/holdfast DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(
  TARGETS holdfast_library
  EXPORT holdfastTargets
  INCLUDES
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(
  EXPORT holdfastTargets
  NAMESPACE holdfast::
  DESTINATION "${package_dir}")

if(HOLDFAST_COMPILED)
  install(
    TARGETS holdfast_compiled
    EXPORT holdfastCompiledTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(
    EXPORT holdfastCompiledTargets
    NAMESPACE holdfast::
    DESTINATION "${package_dir}")
endif()

configure_package_config_file(cmake/holdfastConfig.cmake.in "${PROJECT_BINARY_DIR}/holdfastConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}")
if(NOT HOLDFAST_COMPILED)
  set(headers_only ARCH_INDEPENDENT)
endif()
write_basic_package_version_file("${PROJECT_BINARY_DIR}/holdfastConfigVersion.cmake" COMPATIBILITY SameMinorVersion
                                 ${headers_only})
install(
  FILES "${PROJECT_BINARY_DIR}/holdfastConfig.cmake" "${PROJECT_BINARY_DIR}/holdfastConfigVersion.cmake"
        cmake/eigen.cmake cmake/mujoco.cmake
  DESTINATION "${package_dir}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/holdfast")
