/// \file
/// The second translation unit of link_test_main.cpp.
#include "all_headers.hpp"

const char* version_of_other_unit();

const char* version_of_other_unit() { return holdfast::version; }
