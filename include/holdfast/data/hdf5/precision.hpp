/// \file
/// Finds data in a D4RL file that is stored in an unsuitable type: features that lose significant digits when read as
/// float, and numbers of a finite action set stored as floating-point. Needs the HDF5 C library.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/types.hpp"
#include "holdfast/data/action_kind.hpp"
#include "holdfast/data/hdf5/actions.hpp"
#include "holdfast/data/hdf5/file.hpp"
#include "holdfast/data/hdf5/sparse.hpp"
#include "holdfast/data/moments.hpp"

namespace holdfast {

namespace detail {

/// Returns whether a type in the file can hold digits that float cannot.
inline bool wider_than_float(const std::string& type) {
  for (const char* narrow : {"float16", "float32", "int8", "int16", "uint8", "uint16", "bool"})
    if (type == narrow) return false;
  return type.starts_with("float") || type.starts_with("int") || type.starts_with("uint");
}

/// Returns the number of distinct numbers.
template <class Number>
std::size_t count_different(std::vector<Number> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return static_cast<std::size_t>(std::unique(numbers.begin(), numbers.end()) - numbers.begin());
}

/// Describes the digits that a feature loses as float; empty if the loss is negligible. A loss counts if the rounding
/// error exceeds a hundredth of the feature's standard deviation and that deviation exceeds 1e-13 of the largest
/// magnitude. A smaller deviation is itself only rounding of double.
template <class Feature>
std::string lost_digits(const Eigen::DenseBase<Feature>& feature) {
  const Row<double> x = feature.derived().array();
  if (x.size() == 0 || !x.isFinite().all()) return "";
  const Row<double> shifted = x - x(0);  // avoids rounding in the mean of large numbers
  const double deviation = std::sqrt((shifted - shifted.mean()).square().mean());
  const double lost = (x - x.template cast<float>().template cast<double>()).abs().maxCoeff();
  if (lost <= 0.01 * deviation || deviation <= 1e-13 * x.abs().maxCoeff()) return "";
  const std::vector<double> exact(x.begin(), x.end());
  const Row<float> rounded = x.template cast<float>();
  const auto largest = static_cast<float>(x.abs().maxCoeff());
  return message(count_different(exact), " different numbers become ",
                 count_different(std::vector<float>(rounded.begin(), rounded.end())), ", in steps of ",
                 std::nextafter(largest, std::numeric_limits<float>::infinity()) - largest);
}

/// Returns which features (rows) certainly keep their digits as float. The numbers pass in the order of memory, which
/// takes much less time than lost_digits, and with a margin for the rounding of large sums: lost_digits decides about
/// the other features.
template <class = void>
Eigen::Array<bool, Eigen::Dynamic, 1> keep_digits(const Matrix<double>& stored) {
  Eigen::ArrayXd lost = Eigen::ArrayXd::Zero(stored.rows());
  Eigen::ArrayXd largest = lost;
  for (const auto& sample : stored.colwise()) {
    lost = lost.max((sample - sample.template cast<float>().template cast<double>()).array().abs());
    largest = largest.max(sample.array().abs());
  }
  const Eigen::ArrayXd deviation = feature_moments(stored).deviation.array();
  return lost == 0 || (lost <= 0.005 * deviation && deviation > 1e-6 * largest);
}

}  // namespace detail

/// Lists the features of a file whose distinguishing digits are lost as float, such as time stamps in seconds since
/// 1970: one line each, with a remedy. Columns of state or action numbers are skipped because they are read exactly. A
/// feature listed for observations is not listed again for next_observations. Rereads, as double, everything that is
/// stored in a wider type. Throws DataError if the file cannot be read.
[[nodiscard]] inline std::vector<std::string> find_lost_digits(const std::string& path) {
  const hdf5::Reader file(path);
  std::vector<std::string> found;
  std::set<Index> of_observations;
  for (const std::string name : {"observations", "next_observations", "actions", "rewards"}) {
    if (!file.contains(name) || hdf5::is_sparse(file, name)) continue;
    const auto [type, shape] = file.info(name);
    const bool numbers_of_a_set = shape.size() == 1 && name != "rewards";
    if (numbers_of_a_set || shape.size() > 2 || !detail::wider_than_float(type)) continue;
    const Matrix<double> stored =
        shape.size() == 1 ? Matrix<double>(file.read_row<double>(name).matrix()) : file.read_matrix<double>(name);
    if (stored.cols() == 0) continue;
    const auto kept = detail::keep_digits(stored);
    for (Index row = 0; row < stored.rows(); ++row) {
      if (kept(row) || (name == "next_observations" && of_observations.contains(row))) continue;
      const std::string loss = detail::lost_digits(stored.row(row));
      if (loss.empty()) continue;
      if (name == "observations") of_observations.insert(row);
      found.push_back(message(name, name == "rewards" ? "" : message(", feature ", row), ": the digits of ", type,
                              " are lost in float32, with which policies are trained: ", loss,
                              "; subtract an offset before writing it, or leave it out"));
    }
  }
  return found;
}

/// Lists the findings of find_lost_digits, and warns if the file's `actions` look like those of a finite action set
/// though they were read as continuous. Throws DataError if the file cannot be read.
template <class Scalar>
[[nodiscard]] std::vector<std::string> find_storage_problems(const std::string& path, const Matrix<Scalar>& actions) {
  std::vector<std::string> found = find_lost_digits(path);
  if (std::string suspicion = suspect_finite_actions(actions); !suspicion.empty())
    found.push_back(std::move(suspicion));
  return found;
}

/// Lists the same, reading the actions. Numbers of a finite action set are no problem; `action_count` is the reader's
/// option.
[[nodiscard]] inline std::vector<std::string> find_storage_problems(const std::string& path, Index action_count = 0) {
  if (has_finite_actions(path, action_count)) return find_lost_digits(path);
  return find_storage_problems(path, hdf5::Reader(path).read_matrix<float>("actions"));
}

}  // namespace holdfast
