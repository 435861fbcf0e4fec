/// \file
/// TimedNetwork: a network f(s, x, t) of an observation, a point and a time, as diffusion and flow policies have it.
#pragma once

#include <utility>

#include "holdfast/core/config_of.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/time_features.hpp"

namespace holdfast {

/// A function f(s, x, t) = body([s; x; φ(t)]) with as many outputs as the point x has entries. `Body` is Mlp or
/// ResidualMlp, and φ are TimeFeatures. Like them it stores its shape and not its parameters.
template <class Body>
class TimedNetwork {
 public:
  using Scalar = typename Body::Scalar;

  /// Holds the results of one forward pass for the derivatives.
  struct Tape {
    typename TimeFeatures<Scalar>::Tape time;
    typename Body::Tape body;
    Matrix<Scalar> own;           ///< (A + F)×KB, points and features
    Matrix<Scalar> own_adjoint;   ///< (A + F)×KB
    Matrix<Scalar> time_adjoint;  ///< F×N
  };

  /// Throws ConfigError if a size or a configuration is not valid.
  TimedNetwork(Sizes sizes, const config_of<Body>& body, const TimeFeaturesConfig& time)
      : time_(time),
        points_(sizes.action),
        body_(sizes.observation, sizes.action + time_.outputs(), sizes.action, body) {}

  /// Returns the number of parameters: those of the time features, then those of the body.
  [[nodiscard]] Index parameter_count() const { return time_.parameter_count() + body_.parameter_count(); }

  /// Draws all parameters.
  void initialize(Scalar* parameters, Generator& generator) const {
    time_.initialize(parameters, generator);
    body_.initialize(body_of(parameters), generator);
  }

  /// Draws the units that the body drops for `columns` samples, if it has dropout.
  void draw_dropout([[maybe_unused]] Index columns, [[maybe_unused]] Generator& generator,
                    [[maybe_unused]] Tape& tape) const {
    if constexpr (requires { body_.draw_dropout(columns, generator, tape.body); })
      body_.draw_dropout(columns, generator, tape.body);
  }

  /// Returns f (A×KB) for observations O×B, points A×KB (column b·K + k belongs to observation b) and times, one for
  /// each point, or one for all. The result is stored in the tape and valid until its next use.
  const Matrix<Scalar>& forward(const Scalar* parameters, const Matrix<Scalar>& observations,
                                const Matrix<Scalar>& points, const Row<Scalar>& times, Tape& tape) const {
    const Matrix<Scalar>& features = time_.forward(parameters, times, tape.time);
    tape.own.resize(points_ + features.rows(), points.cols());
    tape.own.topRows(points_) = points;
    if (features.cols() == points.cols())
      tape.own.bottomRows(features.rows()) = features;
    else
      tape.own.bottomRows(features.rows()).colwise() = features.col(0);
    return body_.forward(body_of(parameters), observations, tape.own, tape.body);
  }

  /// Adds ∂L/∂parameters to `gradient`, given `adjoint` = ∂L/∂f (A×KB) at the inputs of the tape's `forward`.
  void backward(const Scalar* parameters, const Matrix<Scalar>& observations, const Row<Scalar>& times, Tape& tape,
                const Matrix<Scalar>& adjoint, Scalar* gradient) const {
    body_.backward(body_of(parameters), observations, tape.own, tape.body, adjoint, body_of(gradient));
    if (time_.parameter_count() == 0) return;
    body_.own_gradient(body_of(parameters), tape.body, tape.own_adjoint);
    const auto of_time = tape.own_adjoint.bottomRows(time_.outputs());
    if (times.size() == of_time.cols())
      tape.time_adjoint = of_time;
    else
      tape.time_adjoint = of_time.rowwise().sum();
    time_.backward(parameters, times, tape.time, tape.time_adjoint, gradient);
  }

  /// Returns ∂L/∂x (A×KB) for the adjoint of the tape's last `backward`.
  [[nodiscard]] auto point_adjoint(const Scalar* parameters, Tape& tape) const {
    if (time_.parameter_count() == 0) body_.own_gradient(body_of(parameters), tape.body, tape.own_adjoint);
    return tape.own_adjoint.topRows(points_);
  }

 private:
  template <class Number>
  Number* body_of(Number* parameters) const {
    return parameters + time_.parameter_count();
  }

  TimeFeatures<Scalar> time_;
  Index points_;
  Body body_;
};

}  // namespace holdfast
