/// \file
/// Critics made of several Q-networks, each with a target copy and its own Adam.
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

/// How many Q-networks, of what kind, and how fast they learn. The default is the twin critics of TD3 and SAC.
template <class NetworkConfig, Index DefaultSize = 2>
struct EnsembleConfig {
  Index size = DefaultSize;    ///< number of Q-networks, at least 1
  NetworkConfig network = {};  ///< each network's own configuration
  AdamConfig optimizer = {};   ///< of each network

  static void fields(auto& self, auto&& visit) {
    visit("size", self.size, size_from(1));
    visit("network", self.network);
    visit("optimizer", self.optimizer);
  }
};

/// An ensemble of a QNetwork, satisfying Critics. The networks are independent, so that the work is spread over
/// threads where OpenMP is on, with the same bits for every number of them.
template <class Network, Index DefaultSize = 2>
class Ensemble {
  static_assert(check_q_network<Network>());

 public:
  using Scalar = typename Network::Scalar;
  using Actions = typename Network::Actions;
  using Config = EnsembleConfig<config_of<Network>, DefaultSize>;

  /// What `values` leaves for the derivatives.
  struct Tape {
    std::vector<typename Network::Tape> members;
    std::vector<Row<Scalar>> adjoints;
    std::vector<Actions> action_gradients;  ///< none of finite actions
    Matrix<Scalar> values;                  ///< E×KB
  };

  /// `config.size` networks with parameters drawn one after the other. Throws ConfigError.
  Ensemble(const Config& config, Sizes sizes, Generator& generator) requires Drawable<Network>
      : Ensemble(draw(config, sizes, generator), config.optimizer) {}

  /// Your own networks; the targets begin as copies of them. Throws ConfigError where there is none.
  explicit Ensemble(std::vector<Network> members, AdamConfig optimizer = {}) : target_(std::move(members)) {
    require(!target_.empty(), "critics.size", "at least 1", 0);
    for (const Network& network : target_) online_.emplace_back(network, optimizer, message("critic_", online_.size()));
  }

  /// E, the number of networks.
  [[nodiscard]] Index size() const { return static_cast<Index>(online_.size()); }
  [[nodiscard]] const Network& member(Net net, Index i) const {
    return net == Net::online ? online_[index(i)].network() : target_[index(i)];
  }
  [[nodiscard]] Network& member(Net net, Index i) {
    return net == Net::online ? online_[index(i)].network() : target_[index(i)];
  }

  /// The optimizer of network i.
  [[nodiscard]] const Adam<Scalar>& optimizer(Index i) const { return online_[index(i)].optimizer(); }

  /// Q_i(s_b, a_bk), E×KB, for observations O×B and actions A×KB. Lives in the tape until its next use.
  const Matrix<Scalar>& values(Net net, const Matrix<Scalar>& observations, const Actions& actions, Tape& tape) const {
    tape.members.resize(online_.size());
    tape.values.resize(size(), actions.cols());
    parallel_for(size(), cost(evaluations(observations, actions)), [&](Index i) {
      tape.values.row(i) = member(net, i).values(observations, actions, tape.members[index(i)]).matrix();
    });
    return tape.values;
  }

  /// Adds to each online network's gradient, given adjoint = ∂L/∂Q (E×KB) at the inputs of the tape's `values`.
  void backward(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape, const Matrix<Scalar>& adjoint) {
    tape.adjoints.resize(online_.size());
    parallel_for(size(), 2 * cost(evaluations(observations, actions)), [&](Index i) {
      Row<Scalar>& own = tape.adjoints[index(i)] = adjoint.row(i).array();
      Trained<Network>& critic = online_[index(i)];
      critic.network().backward(observations, actions, tape.members[index(i)], own, critic.gradient());
    });
  }

  /// out = ∂L/∂a (A×KB) through the online networks, given adjoint = ∂L/∂Q (E×KB).
  void action_gradient(const Matrix<Scalar>& observations, const Actions& actions, Tape& tape,
                       const Matrix<Scalar>& adjoint, Actions& out) const requires(!FiniteActions<Actions>) {
    tape.adjoints.resize(online_.size());
    tape.action_gradients.resize(online_.size());
    parallel_for(size(), 2 * cost(evaluations(observations, actions)), [&](Index i) {
      Row<Scalar>& own = tape.adjoints[index(i)] = adjoint.row(i).array();
      member(Net::online, i)
          .action_gradient(observations, actions, tape.members[index(i)], own, tape.action_gradients[index(i)]);
    });
    out = tape.action_gradients.front();
    for (std::size_t i = 1; i < online_.size(); ++i) out += tape.action_gradients[i];
  }

  /// One Adam step of every network with the gradient accumulated since the last. Throws DivergenceError where that of
  /// a network is too large for it; the network is then as before.
  void step() {
    try {
      parallel_for(size(), cost(16), [&](Index i) { online_[index(i)].step(); });
    } catch (const DivergenceError&) {
      for (Trained<Network>& critic : online_) critic.discard();  // the next update begins anew
      throw;
    }
  }

  /// Moves every target by `rate` towards its network; rate 1 copies.
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
  // Of one network: all actions of a finite set come from one evaluation.
  static Index evaluations(const Matrix<Scalar>& observations, const Actions& actions) {
    return FiniteActions<Actions> ? observations.cols() : actions.cols();
  }
  // Operations of one network on so many columns, roughly.
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
