/// \file
/// Lets a program link code that takes long to compile and is the same in every program: the matrix products and the
/// initialization of networks, linear systems, linear-quadratic control, learners over float, and estimators.
///
/// If HOLDFAST_EXTERN is defined, the headers declare this code `extern template`. The CMake target holdfast::compiled
/// compiles it, and defines HOLDFAST_EXTERN for every target that links it. To find the declarations,
/// cmake/compiled.cmake reads each line that begins with `extern template`, up to its semicolon, as part of namespace
/// holdfast. If HOLDFAST_EXTERN is not defined, each translation unit compiles what it uses.
///
/// A non-template inline function on matrices of double is compiled in every file that includes it. If that takes long,
/// as for products and solvers, the function is a template anyway: a function gets `template <class = void>`; a class
/// gets a parameter Real that is always double, and an alias whose name lacks the suffix `Of`. Such code is compiled
/// only in files that use it.
#pragma once

/// Marks a function that is not inlined, so that its code is compiled once for all its callers.
#if defined(__GNUC__)
#define HOLDFAST_OUT_OF_LINE [[gnu::noinline]]
#else
#define HOLDFAST_OUT_OF_LINE
#endif
