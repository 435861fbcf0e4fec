# What the project uses: found on the system, or fetched as an official release where it is not. HDF5 is never fetched.
include(FetchContent)
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON) # so that a project that adds this one as a subdirectory can link to them

include(eigen)
if(NOT TARGET Eigen3::Eigen)
  message(STATUS "Eigen was not found (Debian: libeigen3-dev): fetching 3.4.0")
  FetchContent_Declare(
    eigen
    URL https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.bz2
    URL_HASH SHA256=b4c198460eba6f28d34894e3a5710998818515104d6e74e5cc331ce31e46e626
    DOWNLOAD_EXTRACT_TIMESTAMP ON
    SOURCE_SUBDIR none) # only its headers: its own build adds tests, documentation and install rules
  FetchContent_MakeAvailable(eigen)
  add_library(Eigen3::Eigen INTERFACE IMPORTED GLOBAL)
  target_include_directories(Eigen3::Eigen INTERFACE "${eigen_SOURCE_DIR}")
endif()

find_package(HDF5 QUIET COMPONENTS C)
include(mujoco)
if(HOLDFAST_MPI)
  find_package(MPI REQUIRED COMPONENTS CXX)
endif()

if(HOLDFAST_BUILD_EXAMPLES OR HOLDFAST_BUILD_BENCHMARKS)
  find_package(CLI11 2.1 QUIET)
  if(NOT TARGET CLI11::CLI11)
    message(STATUS "CLI11 was not found (Debian: libcli11-dev): fetching 2.4.2")
    FetchContent_Declare(
      cli11
      URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz
      URL_HASH SHA256=f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a
      DOWNLOAD_EXTRACT_TIMESTAMP ON
      SYSTEM)
    FetchContent_MakeAvailable(cli11)
  endif()
endif()

if(HOLDFAST_BUILD_TESTS)
  find_package(Catch2 QUIET)
  if(NOT TARGET Catch2::Catch2WithMain) # also where a Catch2 2 has no compiled main (Debian's has one)
    message(STATUS "Catch2 was not found (Debian: catch2): fetching 3.8.1")
    FetchContent_Declare(
      catch2
      URL https://github.com/catchorg/Catch2/archive/refs/tags/v3.8.1.tar.gz
      URL_HASH SHA256=18b3f70ac80fccc340d8c6ff0f339b2ae64944782f8d2fca2bd705cf47cadb79
      DOWNLOAD_EXTRACT_TIMESTAMP ON
      SYSTEM)
    FetchContent_MakeAvailable(catch2)
  endif()
endif()

find_package(Threads REQUIRED)
