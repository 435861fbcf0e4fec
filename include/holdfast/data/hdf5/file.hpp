/// \file
/// HDF5 files, read and written whole: matrices, rows, flags, numbers and text. Needs the HDF5 C library.
///
/// A matrix F×N (features × samples) is the dataset N×F in the file, as NumPy shows it: both lie the same way in
/// memory. Names are paths within the file, such as "metadata/algorithm". Reader and Writer throw DataError with one
/// line naming the file and the object; HDF5's own printing is off meanwhile. Use them from one thread at a time. HDF5
/// itself can crash on files made to harm it: read those you do not trust in a process of their own.
#pragma once

#include "holdfast/data/hdf5/reader.hpp"
#include "holdfast/data/hdf5/writer.hpp"
