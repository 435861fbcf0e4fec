/// \file
/// Lets a program take from a library what takes longest to compile and is the same in all of them: the matrix products
/// and the initialization of networks, linear systems, linear-quadratic control, and learners over float.
///
/// Where HOLDFAST_EXTERN is defined, headers declare it `extern template`, and the CMake target holdfast::compiled,
/// which defines HOLDFAST_EXTERN for those who link it, compiles what they so declare: cmake/compiled.cmake reads each
/// line that begins with `extern template`, up to its semicolon, as part of namespace holdfast. Where HOLDFAST_EXTERN
/// is not defined, each translation unit compiles what it uses.
///
/// A function that computes with matrices of double, and has no type to depend on, would be compiled in every file that
/// includes it. Where that takes long, as products and solvers do, it is a template all the same: a function with
/// `template <class = void>`, a class with a Real that is always double, its name without `Of`. It is then compiled
/// where it is used, and costs nothing where it is only included.
#pragma once

/// Before a function that is compiled once for all its callers, and not again within each of them.
#if defined(__GNUC__)
#define HOLDFAST_OUT_OF_LINE [[gnu::noinline]]
#else
#define HOLDFAST_OUT_OF_LINE
#endif
