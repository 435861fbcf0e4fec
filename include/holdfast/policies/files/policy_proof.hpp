/// \file
/// Defines the proof in a policy file: results that the writer computed at a few observations and that the reader
/// computes again. Needs the HDF5 C library. The datasets are listed in policy_file.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>

#include "holdfast/data/hdf5/file.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// The tolerance of the proof. An action a in the file may differ by 10⁻³ max(1, |a|) from the recomputed one. A
/// critic's value or a probability may differ by 10⁻³ times the largest of them. Within the same build the numbers are
/// bit-identical.
inline constexpr double policy_proof_tolerance = 1e-3;

namespace detail {

template <class Scalar>
Matrix<Scalar> proof_observations(const Normalization<Scalar>& normalization) {
  Generator generator(1, Stream::evaluation);
  Matrix<Scalar> observations(normalization.size(), 16);
  generator.fill_normal(observations);
  normalization.invert(observations);
  return observations;
}

template <class Policy, class Scalar>
Matrix<Scalar> normalized(const DeployedPolicy<Policy>& policy, Matrix<Scalar> observations) {
  policy.normalization().apply(observations);
  return observations;
}

/// Returns whether two numbers of a proof agree: integers (actions of a finite action set) exactly, others within the
/// tolerance.
template <class Number>
bool agree(Number found, Number expected) {
  if constexpr (std::integral<Number>) {
    return found == expected;
  } else {
    const auto size = static_cast<double>(std::abs(expected));
    const auto distance = static_cast<double>(std::abs(found - expected));
    return distance <= policy_proof_tolerance * std::max(1.0, size);  // false for NaN
  }
}

/// Throws DataError if more than `allowed` columns differ.
template <class Numbers>
void check_proof(const hdf5::Reader& file, const char* name, const Numbers& found, const Numbers& expected,
                 Index allowed = 0) {
  Index count = 0;
  Index row = 0;  // the first column that differs; `entry` is the first number in it that does
  Index entry = 0;
  for (Index i = expected.cols(); i-- > 0;) {
    Index agreeing = 0;
    while (agreeing < expected.rows() && agree(found(agreeing, i), expected(agreeing, i))) ++agreeing;
    if (agreeing == expected.rows()) continue;
    ++count;
    row = i;
    entry = agreeing;
  }
  if (count > allowed)
    file.fail(name, message("expected ", expected(entry, row), " in row ", row, ", column ", entry,
                            ", as the writer computed, found ", found(entry, row),
                            " from the parameters: the file is damaged, write it again"));
}

/// Checks values relative to the largest of them, because they have no fixed scale.
template <class Scalar>
void check_proof_values(const hdf5::Reader& file, const Matrix<Scalar>& found, const Matrix<Scalar>& expected) {
  const Scalar scale = std::max(Scalar{1}, expected.cwiseAbs().maxCoeff());
  check_proof<Matrix<Scalar>>(file, "proof/values", found / scale, expected / scale);
}

/// Returns how many actions may differ if they are chosen by values. In another build or precision the best action may
/// depend on the last bit.
inline Index allowed_choices(Index rows) { return rows / 4; }

/// Reads one dataset of a proof as features×rows. Throws DataError if it does not fit.
template <class Scalar>
Matrix<Scalar> read_proof(const hdf5::Reader& file, const char* name, Index features, Index rows) {
  Matrix<Scalar> read = file.read_matrix<Scalar>(name);
  if (read.rows() != features || read.cols() != rows || rows < 1)
    file.fail(name, message("expected ", rows, "×", features, ", found ", read.cols(), "×", read.rows()));
  if (!read.allFinite()) file.fail(name, "expected finite numbers, found one that is not");
  return read;
}

/// Reads one number per observation. Throws DataError if their number differs.
template <class Number>
Row<Number> read_proof_row(const hdf5::Reader& file, const char* name, Index rows) {
  Row<Number> read = file.read_row<Number>(name);
  if (read.size() != rows) file.fail(name, message("expected ", rows, " numbers, found ", read.size()));
  return read;
}

/// The proof of a policy with continuous actions.
template <class Scalar, class Actions>
struct PolicyProof {
  Matrix<Scalar> observations;  // O×16, raw
  Matrix<Scalar> actions;       // A×16
  Matrix<Scalar> draws;         // A×16, of the inner policy of a BestOf
  Row<Scalar> values;           // 1×16, the least of the critics' values of the draws; empty without a critic

  /// Computes the proof of a policy at the given observations.
  static PolicyProof of(DeployedPolicy<AnyPolicy<Scalar>> policy, const PolicyRecord& record,
                        const Matrix<Scalar>& observations) {
    PolicyProof proof{observations, {}, {}, {}};
    Generator generator(0, Stream::evaluation);
    policy.act(observations, Acting::mode, generator, proof.actions);
    PolicyRecord inside = record;
    inside.best_of.reset();
    DeployedPolicy drawing(make_policy<Matrix<Scalar>>(inside), policy.normalization());
    drawing.act(observations, Acting::sample, generator, proof.draws);
    if (!record.best_of) return proof;
    const Ensemble<MlpQ<Scalar>> critics(restore_critics<Scalar>(record));
    typename Ensemble<MlpQ<Scalar>>::Tape tape;
    minimum(critics.values(Net::online, normalized(policy, observations), proof.draws, tape), proof.values);
    return proof;
  }

  static PolicyProof read(const hdf5::Reader& file, const PolicyRecord& record) {
    PolicyProof proof;
    const Index rows = file.read_matrix<Scalar>("proof/observations").cols();
    proof.observations = read_proof<Scalar>(file, "proof/observations", record.sizes.observation, rows);
    proof.actions = read_proof<Scalar>(file, "proof/actions", record.sizes.action, rows);
    proof.draws = read_proof<Scalar>(file, "proof/draws", record.sizes.action, rows);
    if (record.best_of) proof.values = read_proof_row<Scalar>(file, "proof/values", rows);
    return proof;
  }

  /// Calls visit(dataset, numbers) for each dataset.
  template <class Visit>
  void each(Visit&& visit) const {
    visit("proof/observations", observations);
    visit("proof/actions", actions);
    visit("proof/draws", draws);
    if (values.size() > 0) visit("proof/values", values);
  }

  /// Throws DataError if this proof differs from the one stored in the file.
  void check(const hdf5::Reader& file, const PolicyProof& stored) const {
    const bool chosen = stored.values.size() > 0;
    check_proof(file, "proof/draws", draws, stored.draws);
    if (chosen) check_proof_values<Scalar>(file, values.matrix(), stored.values.matrix());
    check_proof(file, "proof/actions", actions, stored.actions, chosen ? allowed_choices(actions.cols()) : 0);
  }
};

/// The proof of a policy with a finite action set.
template <class Scalar>
struct PolicyProof<Scalar, ActionIndices> {
  Matrix<Scalar> observations;   // O×16, raw
  ActionIndices actions;         // 1×16
  Matrix<Scalar> probabilities;  // A×16
  Matrix<Scalar> values;         // A×16, of a greedy policy; empty for others

  /// Computes the proof of a policy at the given observations.
  static PolicyProof of(DeployedPolicy<AnyPolicy<Scalar, ActionIndices>> policy, const PolicyRecord& record,
                        const Matrix<Scalar>& observations) {
    PolicyProof proof{observations, {}, {}, {}};
    Generator unused(0);
    policy.act(observations, Acting::mode, unused, proof.actions);
    const Matrix<Scalar> seen = normalized(policy, observations);
    typename AnyPolicy<Scalar, ActionIndices>::Tape tape;
    Proposal<Scalar, ActionIndices> proposal;
    policy.policy().propose(seen, 1, unused, tape, proposal);
    proof.probabilities = proposal.weights.reshaped(record.sizes.action, observations.cols());
    if (const auto* greedy = policy.policy().template get<MlpGreedy<Scalar>>()) {
      typename MlpGreedy<Scalar>::Tape own;
      proof.values = greedy->values(seen, own).reshaped(record.sizes.action, observations.cols());
    }
    return proof;
  }

  static PolicyProof read(const hdf5::Reader& file, const PolicyRecord& record) {
    PolicyProof proof;
    const Index rows = file.read_matrix<Scalar>("proof/observations").cols();
    proof.observations = read_proof<Scalar>(file, "proof/observations", record.sizes.observation, rows);
    proof.actions = read_proof_row<Index>(file, "proof/actions", rows).matrix();
    proof.probabilities = read_proof<Scalar>(file, "proof/probabilities", record.sizes.action, rows);
    if (record.type == MlpGreedy<>::name())
      proof.values = read_proof<Scalar>(file, "proof/values", record.sizes.action, rows);
    return proof;
  }

  /// Calls visit(dataset, numbers) for each dataset.
  template <class Visit>
  void each(Visit&& visit) const {
    visit("proof/observations", observations);
    visit("proof/actions", actions);
    visit("proof/probabilities", probabilities);
    if (values.size() > 0) visit("proof/values", values);
  }

  /// Throws DataError if this proof differs from the one stored in the file.
  void check(const hdf5::Reader& file, const PolicyProof& stored) const {
    const Index choices = allowed_choices(actions.cols());
    if (stored.values.size() > 0) check_proof_values<Scalar>(file, values, stored.values);
    // With many actions all probabilities are small, so compare them relative to the largest.
    const Scalar largest = stored.probabilities.maxCoeff();
    check_proof<Matrix<Scalar>>(file, "proof/probabilities", probabilities / largest, stored.probabilities / largest,
                                stored.values.size() > 0 ? choices : 0);
    check_proof(file, "proof/actions", actions, stored.actions, choices);
  }
};

}  // namespace detail
}  // namespace holdfast
