/// \file
/// Includes every header in two translation units of one program: it links, and both see the same entities.
#include "all_headers.hpp"

const char* version_of_other_unit();

int main() { return version_of_other_unit() == holdfast::version ? 0 : 1; }
