/// \file
/// Diffusion: a policy that turns noise into an action by denoising it step by step.
#pragma once

#include "holdfast/networks/mlp.hpp"
#include "holdfast/networks/residual_mlp.hpp"
#include "holdfast/policies/generative/denoising.hpp"
#include "holdfast/policies/generative/generative_policy.hpp"

namespace holdfast {

/// A diffusion policy (generative/denoising.hpp), 5 steps by default. Its network is the LN-ResNet of IDQL, or with
/// `Diffusion<Mlp<float>>` a plain MLP as in Diffusion-QL.
template <class Body = ResidualMlp<float>>
using Diffusion = GenerativePolicy<Denoising, Body>;

}  // namespace holdfast
