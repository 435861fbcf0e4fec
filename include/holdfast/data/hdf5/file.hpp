/// \file
/// Reads and writes whole HDF5 files: matrices, rows, flags, numbers and text. Needs the HDF5 C library.
///
/// A matrix F×N (features × samples) is the dataset N×F in the file, as NumPy shows it; the memory layout is the same.
/// Names are paths within the file, such as "metadata/algorithm". Reader and Writer throw DataError with one line that
/// names the file and the object; HDF5's own error output is turned off during their calls. Use them from one thread at
/// a time. Datasets that take their numbers from other files are refused unless they are allowed (other_files.hpp).
/// HDF5 itself can crash on malicious files, so read untrusted files in a separate process.
#pragma once

#include "holdfast/data/hdf5/other_files.hpp"
#include "holdfast/data/hdf5/reader.hpp"
#include "holdfast/data/hdf5/writer.hpp"
