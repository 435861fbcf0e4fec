/// \file
/// GenerativeModel: draws actions by a chain of network evaluations, learns to, and differentiates the draws.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "holdfast/core/config_of.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/core/sizes.hpp"
#include "holdfast/core/warnings.hpp"
#include "holdfast/networks/time_features.hpp"
#include "holdfast/networks/timed_network.hpp"
#include "holdfast/policies/generative/process.hpp"

namespace holdfast {

/// Configuration of a GenerativeModel.
template <class Process, class Body>
struct GenerativeModelConfig {
  config_of<Body> network = {};                        ///< the body of f
  TimeFeaturesConfig time = Process::time_features();  ///< the features of t that f is given
  typename Process::Config process = {};
  double action_limit = 1;  ///< actions are clipped to ±action_limit, positive

  static void fields(auto& self, auto&& visit) {
    visit("network", self.network);
    visit("time", self.time);
    visit(Process::name(), self.process);
    visit("action_limit", self.action_limit, positive);
  }

  void warn(Warnings& warnings) const {
    warnings.ask("time", time);
    warnings.ask(Process::name(), process);
  }
};

/// A generative model of actions: a network f(s, x, t), whose body is an Mlp or a ResidualMlp, and a process that makes
/// noise into actions with it (process.hpp). Like the network, it stores its shape and not its parameters.
template <class Process, class Body>
class GenerativeModel {
  static_assert(IsGenerativeProcess<Process>);

 public:
  using Scalar = typename Body::Scalar;
  using Config = GenerativeModelConfig<Process, Body>;
  using Network = TimedNetwork<Body>;

  /// Holds a training pass, and the last chain for its derivative.
  struct Tape {
    /// The workspace of some states that go through the chain together.
    struct Part {
      std::vector<typename Network::Tape> networks;  ///< one for all steps, or one for each
      Matrix<Scalar> observations;
      Matrix<Scalar> points;  ///< A×N, x; in the reverse pass ∂L/∂x
      Matrix<Scalar> noise;
      Matrix<Scalar> adjoint;  ///< A×N, ∂L/∂f
      Index begin = 0;         ///< the first state
    };

    /// True lets the next chain keep the results of every step, for the derivative. Otherwise the derivative computes
    /// them again. Chains of more actions than go through the network together never keep them.
    bool keeps_steps = false;

    std::vector<Matrix<Scalar>> points;   ///< for each step A×KB, x before it
    std::vector<Matrix<Scalar>> guesses;  ///< for each step A×KB, e before it is clipped
    Matrix<Scalar> unclipped;             ///< A×KB, x after the last step
    Part whole;                           ///< serves all parts of the largest size
    Part rest;                            ///< serves a smaller last part
    Row<Scalar> time = Row<Scalar>(1);    ///< t of the step

    // The training pass over B actions:
    typename Network::Tape training;
    std::vector<TrainingExample> examples;  ///< B
    Row<Scalar> times;                      ///< 1×B
    Matrix<Scalar> noise;                   ///< A×B, ε
    Matrix<Scalar> noised;                  ///< A×B, x
    Matrix<Scalar> adjoint;                 ///< A×B, the targets of f, then ∂L/∂f
  };

  /// Throws ConfigError if a size or the configuration is not valid.
  GenerativeModel(Sizes sizes, const Config& config)
      : config_((check_fields(config), config)),
        sizes_(sizes),
        limit_(static_cast<Scalar>(config.action_limit)),
        process_(config.process),
        network_(sizes, config.network, config.time) {}

  [[nodiscard]] Sizes sizes() const { return sizes_; }
  [[nodiscard]] const Process& process() const { return process_; }
  [[nodiscard]] Index parameter_count() const { return network_.parameter_count(); }
  [[nodiscard]] const Config& config() const { return config_; }
  void initialize(Scalar* parameters, Generator& generator) const { network_.initialize(parameters, generator); }

  /// Returns the weighted mean squared error of f on noised actions (A×B), over batch and dimensions, and adds its
  /// gradient. The generator draws the times, then the units of dropout, then the noise.
  Scalar loss(const Scalar* parameters, const Matrix<Scalar>& observations, const Matrix<Scalar>& actions,
              const Row<Scalar>& weights, Generator& generator, Tape& tape, Scalar* gradient) const {
    const Index count = actions.cols();
    draw_examples(actions, generator, tape);
    const Matrix<Scalar>& f = network_.forward(parameters, observations, tape.noised, tape.times, tape.training);
    tape.adjoint -= f;  // the targets until here
    const auto entries = static_cast<Scalar>(actions.size());
    const Scalar loss = (tape.adjoint.array().square().colwise().sum() * weights).sum() / entries;
    for (Index i = 0; i < count; ++i) tape.adjoint.col(i) *= -2 / entries * weights(i);
    network_.backward(parameters, observations, tape.times, tape.training, tape.adjoint, gradient);
    return loss;
  }

  /// Draws `per_state` actions (A×KB) for each column of `observations` (O×B) into `out`. `draw(begin, noise)` fills
  /// the noise of the actions from number `begin` on: first the start of the chain, then that of each step that has
  /// noise. States go through the chain in parts of 256 actions, whose results fit the cache; each part draws its noise
  /// when its turn comes.
  template <class Draw>
  void sample(const Scalar* parameters, const Matrix<Scalar>& observations, Index per_state, Draw&& draw, Tape& tape,
              Matrix<Scalar>& out) const {
    const Index count = size_product("proposed actions", per_state, observations.cols());
    tape.points.resize(process_.steps().size());
    tape.guesses.resize(process_.steps().size());
    for (auto& each : tape.points) each.resize(sizes_.action, count);
    for (auto& each : tape.guesses) each.resize(sizes_.action, count);
    tape.unclipped.resize(sizes_.action, count);
    for_each_part(observations, per_state, tape, [&](const Matrix<Scalar>& states, typename Tape::Part& part) {
      const Index begin = part.begin * per_state;
      part.points.resize(sizes_.action, states.cols() * per_state);
      draw(begin, part.points);
      for (std::size_t i = 0; i < process_.steps().size(); ++i)
        take_step(parameters, states, i, begin, draw, part, tape);
      tape.unclipped.middleCols(begin, part.points.cols()) = part.points;
    });
    out = tape.unclipped.cwiseMax(-limit_).cwiseMin(limit_);
  }

  /// Adds ∂L/∂parameters of the last `sample` to `gradient`, given `adjoint` = ∂L/∂actions (A×KB): the derivative of
  /// the whole chain. The noise is constant.
  void backward(const Scalar* parameters, const Matrix<Scalar>& observations, Tape& tape, const Matrix<Scalar>& adjoint,
                Scalar* gradient) const {
    const Index per_state = adjoint.cols() / observations.cols();
    for_each_part(observations, per_state, tape, [&](const Matrix<Scalar>& states, typename Tape::Part& part) {
      const Index begin = part.begin * per_state;
      const Index count = states.cols() * per_state;
      part.points = adjoint.middleCols(begin, count);
      mask_clipped(tape.unclipped.middleCols(begin, count), part.points);
      for (std::size_t i = process_.steps().size(); i-- > 0;)
        differentiate_step(parameters, states, i, begin, part, tape, gradient);
    });
  }

 private:
  static constexpr Index together = 256;  // actions that go through the chain together

  // Calls work(observations, part) for the parts of the states.
  template <class Work>
  void for_each_part(const Matrix<Scalar>& observations, Index per_state, Tape& tape, Work&& work) const {
    const Index states = observations.cols();
    const Index each = std::max<Index>(1, together / std::max<Index>(per_state, 1));
    if (states <= each) {
      prepare(tape.whole, 0, tape.keeps_steps);
      work(observations, tape.whole);
      return;
    }
    for (Index begin = 0; begin < states; begin += each) {
      const Index count = std::min(each, states - begin);
      typename Tape::Part& part = count == each ? tape.whole : tape.rest;
      prepare(part, begin, false);
      part.observations = observations.middleCols(begin, count);
      work(part.observations, part);
    }
  }

  void prepare(typename Tape::Part& part, Index begin, bool keeps_steps) const {
    part.begin = begin;
    part.networks.resize(keeps_steps ? process_.steps().size() : 1);
  }

  static typename Network::Tape& network_tape(typename Tape::Part& part, std::size_t i) {
    return part.networks[part.networks.size() == 1 ? 0 : i];
  }

  template <class Draw>
  void take_step(const Scalar* parameters, const Matrix<Scalar>& states, std::size_t i, Index begin, Draw& draw,
                 typename Tape::Part& part, Tape& tape) const {
    const SamplingStep& step = process_.steps()[i];
    const Index count = part.points.cols();
    tape.time(0) = static_cast<Scalar>(step.time);
    const Matrix<Scalar>& f = network_.forward(parameters, states, part.points, tape.time, network_tape(part, i));
    tape.points[i].middleCols(begin, count) = part.points;
    auto guess = tape.guesses[i].middleCols(begin, count);
    guess = static_cast<Scalar>(step.from_point) * part.points + static_cast<Scalar>(step.from_network) * f;
    part.points *= static_cast<Scalar>(step.keep);
    if (step.clips)
      part.points += static_cast<Scalar>(step.move) * guess.cwiseMax(-limit_).cwiseMin(limit_);
    else
      part.points += static_cast<Scalar>(step.move) * guess;
    if (step.noise == 0) return;
    part.noise.resize(part.points.rows(), count);
    draw(begin, part.noise);
    part.points += static_cast<Scalar>(step.noise) * part.noise;
  }

  // Turns ∂L/∂x after a step into ∂L/∂x before it, and adds the gradient of its network evaluation.
  void differentiate_step(const Scalar* parameters, const Matrix<Scalar>& states, std::size_t i, Index begin,
                          typename Tape::Part& part, Tape& tape, Scalar* gradient) const {
    const SamplingStep& step = process_.steps()[i];
    const Index count = part.points.cols();
    typename Network::Tape& network = network_tape(part, i);
    tape.time(0) = static_cast<Scalar>(step.time);
    const bool overwritten = process_.steps().size() > 1 || count < tape.unclipped.cols();  // by a later evaluation
    if (part.networks.size() == 1 && overwritten) {
      part.noise = tape.points[i].middleCols(begin, count);
      static_cast<void>(network_.forward(parameters, states, part.noise, tape.time, network));
    }
    part.adjoint = static_cast<Scalar>(step.move) * part.points;  // ∂L/∂e
    if (step.clips) mask_clipped(tape.guesses[i].middleCols(begin, count), part.adjoint);
    part.points = static_cast<Scalar>(step.keep) * part.points + static_cast<Scalar>(step.from_point) * part.adjoint;
    part.adjoint *= static_cast<Scalar>(step.from_network);
    network_.backward(parameters, states, tape.time, network, part.adjoint, gradient);
    part.points += network_.point_adjoint(parameters, network);
  }

  // Sets the derivatives of numbers that were clipped to 0.
  template <class Numbers>
  void mask_clipped(const Numbers& numbers, Matrix<Scalar>& adjoint) const {
    for (Index i = 0; i < adjoint.cols(); ++i)
      for (Index j = 0; j < adjoint.rows(); ++j)
        if (!(numbers(j, i) >= -limit_ && numbers(j, i) <= limit_)) adjoint(j, i) = 0;
  }

  // Draws times and noise; sets the noised actions, and the adjoint to the targets.
  void draw_examples(const Matrix<Scalar>& actions, Generator& generator, Tape& tape) const {
    const Index count = actions.cols();
    tape.times.resize(count);
    tape.noised.resize(actions.rows(), count);
    tape.adjoint.resize(actions.rows(), count);
    tape.examples.resize(static_cast<std::size_t>(count));
    for (TrainingExample& example : tape.examples) example = process_.example(generator);
    network_.draw_dropout(count, generator, tape.training);
    tape.noise.resize(actions.rows(), count);
    generator.fill_normal(tape.noise);
    for (Index i = 0; i < count; ++i) {
      const TrainingExample& example = tape.examples[static_cast<std::size_t>(i)];
      const auto mix = [&](double action, double noise) {
        return static_cast<Scalar>(action) * actions.col(i) + static_cast<Scalar>(noise) * tape.noise.col(i);
      };
      tape.times(i) = static_cast<Scalar>(example.time);
      tape.noised.col(i) = mix(example.action_share, example.noise_share);
      tape.adjoint.col(i) = mix(example.target_action, example.target_noise);
    }
  }

  Config config_;
  Sizes sizes_;
  Scalar limit_;
  Process process_;
  Network network_;
};

}  // namespace holdfast
