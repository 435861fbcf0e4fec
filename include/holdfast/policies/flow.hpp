/// \file
/// Flow: a policy that carries noise to an action along the velocity of a learned flow.
#pragma once

#include "holdfast/networks/mlp.hpp"
#include "holdfast/policies/generative/flow_matching.hpp"
#include "holdfast/policies/generative/generative_policy.hpp"

namespace holdfast {

/// A flow policy (generative/flow_matching.hpp), 10 Euler steps by default.
template <class Body = Mlp<float>>
using Flow = GenerativePolicy<FlowMatching, Body>;

}  // namespace holdfast
