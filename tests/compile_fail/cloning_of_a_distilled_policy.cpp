// expect: cloning trains the flow of this Policy and not the part that acts
#include "holdfast/learners/bc.hpp"
#include "holdfast/policies/distilled_flow.hpp"
#include "holdfast/policies/flow.hpp"

using namespace holdfast;

#ifdef HOLDFAST_CONTROL
using MyPolicy = Flow<>;
#else
using MyPolicy = DistilledFlow<>;
#endif

int main() { return static_cast<int>(BcOf<MyPolicy>({}, {1, 1}, 0).step()); }
