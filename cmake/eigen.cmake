# Eigen 3.4 and Eigen 5 both serve, but the version file of neither accepts a request for the other.
foreach(holdfast_eigen_version IN ITEMS 5 3.4)
  if(NOT TARGET Eigen3::Eigen)
    find_package(Eigen3 ${holdfast_eigen_version} QUIET CONFIG)
  endif()
endforeach()
