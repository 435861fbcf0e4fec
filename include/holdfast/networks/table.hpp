/// \file
/// Provides a table with one column of numbers per state; for features that are not one-hot it is a linear function.
#pragma once

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/core/types.hpp"

namespace holdfast {

/// Configures the initial entries of a table.
struct TableConfig {
  double initial = 0;  ///< the value of every entry

  static void fields(auto& self, auto&& visit) { visit("initial", self.initial, finite_number); }
};

/// The function f(s) = W s without a bias. If observations are one-hot, W (outputs × states) is a table whose column s
/// belongs to state s, and each entry is learned separately. For other features f is linear. Zeros in an observation
/// cost almost nothing. Satisfies IsParametricFunction, as Mlp does.
template <class ScalarType>
class Table {
 public:
  using Scalar = ScalarType;
  using Config = TableConfig;

  /// Holds the outputs of one evaluation.
  struct Tape {
    Matrix<Scalar> outputs;
  };

  /// Creates a table for `inputs` states (features) with `outputs` numbers each. Throws ConfigError if a size or the
  /// configuration is not valid.
  Table(Index inputs, Index outputs, const TableConfig& config) : inputs_(inputs), outputs_(outputs), config_(config) {
    check_fields(config_);
    require(inputs > 0, "inputs of a Table", "positive", inputs);
    require(outputs > 0, "outputs of a Table", "positive", outputs);
  }

  /// Returns the number of parameters: the entries of W, column by column.
  [[nodiscard]] Index parameter_count() const { return size_product("entries of a Table", inputs_, outputs_); }
  [[nodiscard]] Index inputs() const { return inputs_; }
  [[nodiscard]] Index outputs() const { return outputs_; }
  [[nodiscard]] const TableConfig& config() const { return config_; }

  /// Sets every entry to its initial value; draws nothing.
  void initialize(Scalar* parameters, Generator&) const {
    Eigen::Map<Vector<Scalar>>(parameters, parameter_count()).setConstant(static_cast<Scalar>(config_.initial));
  }

  /// Returns W s, outputs×B, for observations inputs×B. The result is stored in the tape and valid until its next use.
  /// Throws DataError if there is no column or the shapes do not fit.
  const Matrix<Scalar>& forward(const Scalar* parameters, const Matrix<Scalar>& inputs, Tape& tape) const {
    if (inputs.rows() != inputs_ || inputs.cols() == 0)
      throw DataError(message("inputs of a Table: expected ", inputs_, " features of at least one sample, found ",
                              inputs.rows(), "x", inputs.cols()));
    const Eigen::Map<const Matrix<Scalar>> table(parameters, outputs_, inputs_);
    tape.outputs.setZero(outputs_, inputs.cols());
    for_each_entry(
        inputs, [&](Index state, Index sample, Scalar value) { tape.outputs.col(sample) += value * table.col(state); });
    return tape.outputs;
  }

  /// Adds ∂L/∂W to `gradient`, given `adjoint` = ∂L/∂f (outputs×B) at `inputs`.
  void backward(const Scalar*, const Matrix<Scalar>& inputs, Tape&, const Matrix<Scalar>& adjoint,
                Scalar* gradient) const {
    Eigen::Map<Matrix<Scalar>> table(gradient, outputs_, inputs_);
    for_each_entry(inputs,
                   [&](Index state, Index sample, Scalar value) { table.col(state) += value * adjoint.col(sample); });
  }

 private:
  template <class Visit>
  static void for_each_entry(const Matrix<Scalar>& inputs, Visit&& visit) {
    for (Index sample = 0; sample < inputs.cols(); ++sample)
      for (Index state = 0; state < inputs.rows(); ++state)
        if (const Scalar value = inputs(state, sample); value != 0) visit(state, sample, value);
  }

  Index inputs_;
  Index outputs_;
  TableConfig config_;
};

}  // namespace holdfast
