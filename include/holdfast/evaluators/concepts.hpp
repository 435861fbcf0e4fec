/// \file
/// Concepts for evaluators and for the rows of an estimator table, with their error messages.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "holdfast/core/types.hpp"
#include "holdfast/data/transitions.hpp"
#include "holdfast/evaluators/estimator_row.hpp"

namespace holdfast {

template <class Data>
struct Evidence;  // evidence.hpp

namespace requirements {

template <class E>
concept has_value = requires(const E evaluator) {
  { evaluator.value() } -> std::convertible_to<double>;
};
template <class E>
concept has_samples = requires(const E evaluator) {
  { evaluator.samples() } -> std::convertible_to<const Row<double>&>;
};
template <class E>
concept resamples = requires(const E evaluator, const Row<double>& counts) {
  { evaluator.resampled(counts) } -> std::convertible_to<double>;
};

template <class E>
concept has_estimator_row = std::same_as<std::remove_cvref_t<decltype(E::row)>, EstimatorRow> && requires {
  typename std::bool_constant<E::row.needs_q>;
};
template <class E>
concept has_estimator_name = has_estimator_row<E> && !E::row.name.empty();
template <class E>
concept needs_what_it_rests_on = has_estimator_row<E> &&(E::row.needs_q || !E::row.rests_on_q);
template <class E, class Data>
concept makes_evaluator = requires(const Evidence<Data>& evidence) {
  E::evaluator(evidence);
};
template <class E>
concept has_step_weights = requires(const E evaluator) {
  { evaluator.weights() } -> std::convertible_to<const Row<double>&>;
};

}  // namespace requirements

/// The type of the evaluator that estimator E makes from the evidence in a dataset of type Data.
template <class E, class Data>
using EvaluatorOf = std::remove_cvref_t<decltype(E::evaluator(std::declval<const Evidence<Data>&>()))>;

/// An estimate of a policy's value from n independent trajectories. It has the estimate (`value`), one contribution per
/// trajectory, whose mean is the estimate (`samples`), and the estimate under given resampling counts (`resampled`).
template <class E>
concept IsEvaluator = requirements::has_value<E> && requirements::has_samples<E> && requirements::resamples<E>;

/// Stops the compilation with one line for each member that type E lacks to be an Evaluator.
template <class E>
consteval bool check_evaluator() {
  static_assert(requirements::has_value<E>, "holdfast: an Evaluator must have value() const, its estimate");
  static_assert(requirements::has_samples<E>,
                "holdfast: an Evaluator must have const Row<double>& samples() const, what each trajectory says");
  static_assert(requirements::resamples<E>,
                "holdfast: an Evaluator must have double resampled(const Row<double>& counts) const, the estimate if "
                "each trajectory had been recorded so many times");
  return true;
}

/// A row of an EstimatorTable. It has a name and says what it needs (`row`), and makes an Evaluator from the evidence
/// in a dataset of type Data (`evaluator`).
template <class E, class Data = Transitions<double>>
concept IsEstimator = requirements::has_estimator_name<E> && requirements::needs_what_it_rests_on<E> &&
    requirements::makes_evaluator<E, Data> && IsEvaluator<EvaluatorOf<E, Data>> &&
    (E::row.weighs != Weighs::steps || requirements::has_step_weights<EvaluatorOf<E, Data>>);

/// Stops the compilation with one line for each member that type E lacks to be an Estimator.
template <class E, class Data = Transitions<double>>
consteval bool check_estimator() {
  static_assert(requirements::has_estimator_row<E>,
                "holdfast: an Estimator must have static constexpr EstimatorRow row, its name and what it needs");
  if constexpr (requirements::has_estimator_row<E>) {
    static_assert(requirements::has_estimator_name<E>, "holdfast: the row of an Estimator must have a name");
    static_assert(requirements::needs_what_it_rests_on<E>,
                  "holdfast: an Estimator whose row says that it rests_on_q must say that it needs_q");
  }
  static_assert(requirements::makes_evaluator<E, Data>,
                "holdfast: an Estimator must have static auto evaluator(const Evidence<Data>&), which returns an "
                "Evaluator");
  if constexpr (requirements::makes_evaluator<E, Data>) {
    static_assert(check_evaluator<EvaluatorOf<E, Data>>());
    if constexpr (requirements::has_estimator_row<E>)
      static_assert(E::row.weighs != Weighs::steps || requirements::has_step_weights<EvaluatorOf<E, Data>>,
                    "holdfast: an Estimator whose row says that it weighs steps must return an Evaluator that has "
                    "const Row<double>& weights() const, those of the steps");
  }
  return true;
}

}  // namespace holdfast
