/// \file
/// Provides critics that consist of several Q-networks, each with a target network and its own Adam optimizer.
#pragma once

#include <utility>
#include <vector>

#include "holdfast/bellman/net.hpp"
#include "holdfast/core/config_of.hpp"
#include "holdfast/core/parallel.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/concepts.hpp"
#include "holdfast/networks/trained.hpp"

namespace holdfast {

/// Configures the number of Q-networks, each network and its optimizer. The default size is that of the twin critics of
/// TD3 and SAC.
template <class NetworkConfig, Index DefaultSize = 2>
struct EnsembleConfig {
  Index size = DefaultSize;    ///< number of Q-networks, at least 1
  NetworkConfig network = {};  ///< the configuration of each network
  AdamConfig optimizer = {};   ///< the configuration of each network's optimizer

  static void fields(auto& self, auto&& visit) {
    visit("size", self.size, size_from(1));
    visit("network", self.network);
    visit("optimizer", self.optimizer);
  }
};

/// An ensemble of Q-networks that satisfies IsCritics. The networks are independent; several threads share them,
/// with bit-identical results for every number of threads.
template <class Network, Index DefaultSize = 2>
class Ensemble {
  static_assert(check_q_network<Network>());

 public:
  using Scalar = typename Network::Scalar;
  using Actions = typename Network::Actions;
  using Config = EnsembleConfig<config_of<Network>, DefaultSize>;

  /// Holds the results of `values` for the derivatives.
  struct Tape {
    std::vector<typename Network::Tape> members;
    std::vector<Row<Scalar>> adjoints;
    std::vector<Actions> action_gradients;  ///< unused for a finite action set
    Matrix<Scalar> values;                  ///< E×KB
  };

  /// Creates `config.size` networks and draws their parameters one after the other. Throws ConfigError if the
  /// configuration is not valid.
  Ensemble(const Config& config, Sizes sizes, Generator& generator) requires Drawable<Network>
      : Ensemble(draw(config, sizes, generator), config.optimizer) {}

  /// Takes the given networks; the target networks start as copies of them. Throws ConfigError if there are none.
  explicit Ensemble(std::vector<Network> members, AdamConfig optimizer = {}) : target_(std::move(members)) {
    require(!target_.empty(), "critics.size", "at least 1", 0);
    for (const Network& network : target_) online_.emplace_back(network, optimizer, message("critic_", online_.size()));
  }

  /// Returns E, the number of networks.
  [[nodiscard]] Index size() const { return static_cast<Index>(online_.size()); }
  [[nodiscard]] const Network& member(Net net, Index i) const {
    return net == Net::online ? online_[index(i)].network() : target_[index(i)];
  }
  [[nodiscard]] Network& member(Net net, Index i) {
    return net == Net::online ? online_[index(i)].network() : target_[index(i)];
  }

  /// Returns the optimizer of network i.
  [[nodiscard]] const Adam<Scalar>& optimizer(Index i) const { return online_[index(i)].optimizer(); }

  /// Returns Q_i(s_b, a_bk), E×KB, for observations O×B and actions A×KB. The result is stored in the tape and valid
  /// until its next use.
  const Matrix<Scalar>& values(Net net, const Matrix<Scalar>& observations, const Actions& actions, Tape& tape) const {
    tape.members.resize(online_.size());
    tape.values.resize(size(), actions.cols());
    for_each_member(cost(evaluations(observations, actions)), [&](Index i) {
      tape.values.row(i) = member(net, i).values(observations, actions, tape.members[index(i)]).matrix();
    });
    return tape.values;
  }

  /// Adds to each online network's gradient, given adjoint = ∂L/∂Q (E×KB) at the inputs of the tape's `values`.
  void backward(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape, const Matrix<Scalar>& adjoint) {
    tape.adjoints.resize(online_.size());
    for_each_member(2 * cost(evaluations(observations, actions)), [&](Index i) {
      Row<Scalar>& own = tape.adjoints[index(i)] = adjoint.row(i).array();
      Trained<Network>& critic = online_[index(i)];
      critic.network().backward(observations, actions, tape.members[index(i)], own, critic.gradient());
    });
  }

  /// Sets out = ∂L/∂a (A×KB) through the online networks, given adjoint = ∂L/∂Q (E×KB).
  void action_gradient(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape,
                       const Matrix<Scalar>& adjoint, Actions& out) const requires(!FiniteActions<Actions>) {
    tape.adjoints.resize(online_.size());
    tape.action_gradients.resize(online_.size());
    for_each_member(2 * cost(evaluations(observations, actions)), [&](Index i) {
      Row<Scalar>& own = tape.adjoints[index(i)] = adjoint.row(i).array();
      member(Net::online, i)
          .action_gradient(observations, actions, tape.members[index(i)], own, tape.action_gradients[index(i)]);
    });
    out = tape.action_gradients.front();
    for (std::size_t i = 1; i < online_.size(); ++i) out += tape.action_gradients[i];
  }

  /// Returns ∂Q_i/∂a of every online network (A×KB each) at the inputs of the tape's `values`. The result is stored in
  /// the tape and valid until its next use.
  const std::vector<Actions>& action_gradients(const Matrix<Scalar>& observations, const Actions& actions,
                                               Tape& tape) const requires(!FiniteActions<Actions>) {
    tape.adjoints.resize(online_.size());
    tape.action_gradients.resize(online_.size());
    for_each_member(2 * cost(actions.cols()), [&](Index i) {
      Row<Scalar>& own = tape.adjoints[index(i)];
      own.setOnes(actions.cols());
      member(Net::online, i)
          .action_gradient(observations, actions, tape.members[index(i)], own, tape.action_gradients[index(i)]);
    });
    return tape.action_gradients;
  }

  /// Adds the derivative of Σ directions_i · ∂Q_i/∂a to each online network's gradient, with constant directions (A×KB
  /// each), for the tape's last `action_gradients`.
  void action_gradients_backward(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape,
                                 const std::vector<Actions>& directions) requires
      IsTwiceDifferentiableQNetwork<Network> {
    for_each_member(2 * cost(actions.cols()), [&](Index i) {
      Trained<Network>& critic = online_[index(i)];
      critic.network().action_gradient_backward(observations, actions, tape.members[index(i)], tape.adjoints[index(i)],
                                                directions[index(i)], critic.gradient());
    });
  }

  /// Throws ConfigError unless `action_gradients_backward` can differentiate these networks.
  void check_twice_differentiable() const {
    if constexpr (requires(const Network& network) { network.check_twice_differentiable(); })
      member(Net::online, 0).check_twice_differentiable();
  }

  /// Takes one Adam step for every network with the gradient accumulated since the last step. Throws NonFiniteError if
  /// the gradient of a network is too large for Adam; that network is then unchanged.
  void step() {
    try {
      const bool in_order = online_.front().shares();
      for_each_member(in_order ? 0 : cost(16), [&](Index i) { online_[index(i)].step(); });
    } catch (...) {
      for (Trained<Network>& critic : online_) critic.discard();  // the next update starts from zero gradients
      throw;
    }
  }

  /// Moves every target network by `rate` towards its online network. A rate of 1 copies.
  void track(double rate) {
    for (std::size_t i = 0; i < online_.size(); ++i)
      polyak(target_[i].parameters(), online_[i].network().parameters(), rate);
  }

  static void state(auto& self, auto&& visit) {
    visit("online", self.online_);
    visit("target", self.target_);
  }

 private:
  static std::size_t index(Index i) { return static_cast<std::size_t>(i); }

  // Calls work(i) for every network, side by side where that leaves no thread idle. Else each shares its own work.
  template <class Work>
  void for_each_member(Index operations, Work&& work) const {
    const bool side_by_side = size() % threads() == 0 || size() >= 4 * threads();
    parallel_for(size(), side_by_side ? operations : 0, work);
  }

  // Counts the evaluations of one network. With a finite action set, one evaluation gives all actions of a state.
  static Index evaluations(const Matrix<Scalar>& observations, const Actions& actions) {
    return FiniteActions<Actions> ? observations.cols() : actions.cols();
  }
  // Estimates the operations of one network on this number of columns.
  [[nodiscard]] Index cost(Index columns) const { return 2 * target_.front().parameters().size() * columns; }

  static std::vector<Network> draw(const Config& config, Sizes sizes, Generator& generator) {
    check_fields(config);
    std::vector<Network> members;
    members.reserve(index(config.size));
    for (Index i = 0; i < config.size; ++i) members.emplace_back(config.network, sizes, generator);
    return members;
  }

  std::vector<Trained<Network>> online_;
  std::vector<Network> target_;
};

}  // namespace holdfast
