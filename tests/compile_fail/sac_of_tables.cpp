// expect: over continuous actions the networks of named learners are MLPs
#include "holdfast/learners/sac.hpp"
#include "holdfast/networks/table.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using Function = Mlp<double>;
#else
using Function = Table<double>;
#endif

Sac<Function>::Config config;
