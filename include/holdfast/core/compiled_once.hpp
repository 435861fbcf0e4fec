/// \file
/// Lets a program of many translation units compile once what takes longest and is the same in all of them: the matrix
/// products and the initialisation of networks, linear systems, linear-quadratic control.
///
/// Define HOLDFAST_EXTERN in each translation unit, and HOLDFAST_INSTANTIATE in one more, which includes all of the
/// library. Where neither is defined, each translation unit compiles what it uses.
#pragma once

#if defined(HOLDFAST_INSTANTIATE)
#define HOLDFAST_LINKAGE
#define HOLDFAST_INLINE
#elif defined(HOLDFAST_EXTERN)
#define HOLDFAST_LINKAGE extern
#else
#define HOLDFAST_INLINE inline
#endif

/// Before a function that is compiled once for all its callers, and not again within each of them.
#if defined(__GNUC__)
#define HOLDFAST_OUT_OF_LINE [[gnu::noinline]]
#else
#define HOLDFAST_OUT_OF_LINE
#endif
