/// \file
/// Uses the installed library as another project would.
#include <holdfast/holdfast.hpp>
#include <iostream>

#ifdef CONSUMER_USES_HDF5
#include <hdf5.h>
#endif

int main() {
#ifdef CONSUMER_USES_HDF5
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  if (H5get_libversion(&major, &minor, &release) < 0) return 1;
#endif
  std::cout << "holdfast " << holdfast::version << '\n';
  return 0;
}
