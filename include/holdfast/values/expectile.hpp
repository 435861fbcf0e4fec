/// \file
/// Expectile: the value rule of IQL, fitted to the data's own actions only.
#pragma once

#include <concepts>

#include "holdfast/bellman/context.hpp"
#include "holdfast/core/config_of.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/concepts.hpp"
#include "holdfast/networks/minimum.hpp"
#include "holdfast/networks/trained.hpp"

namespace holdfast {

/// Returns (1/B) Σ_b |τ − 1[u_b < 0]| u_b², the asymmetric squared error whose minimizer is the τ-expectile, and sets
/// `slope` (1×B) to its derivative with respect to u (1×B). At τ = 0.5 it is half the mean squared error.
template <class Scalar>
Scalar expectile_loss(double expectile, const Row<Scalar>& u, Row<Scalar>& slope) {
  const Scalar share = Scalar{1} / static_cast<Scalar>(u.size());
  const auto above = static_cast<Scalar>(expectile);
  slope.resize(u.size());
  for (Index i = 0; i < u.size(); ++i) slope(i) = 2 * share * (u(i) < 0 ? 1 - above : above) * u(i);
  return Scalar{0.5} * (slope * u).sum();
}

/// The defaults of IQL. For an algorithm with others, pass a type with the same members.
struct ExpectileDefaults {
  static constexpr double expectile = 0.7;
};

namespace detail {

/// Returns the configuration of V with the network that the algorithm states.
template <class Config, class Defaults>
[[nodiscard]] Config default_value_network() {
  if constexpr (requires { Config(Defaults::value_network()); })
    return Defaults::value_network();
  else
    return {};
}

}  // namespace detail

/// The expectile value rule of IQL: V(s) ≈ the τ-expectile of min_i Q̄_i(s, a) over the data's own actions (Kostrikov
/// et al. 2022, "Offline reinforcement learning with implicit Q-learning", equation 5). The expectile is the mean at
/// τ = 0.5 and approaches the maximum as τ → 1.
///
/// V is a network of its own, fitted in `prepare`, before the backup and the advantage use it. The advantage is
/// A = min_i Q̄_i(s, a) − V(s), from the target critics, as in the authors' code.
template <class Network, class Defaults = ExpectileDefaults>
struct Expectile {
  double expectile = Defaults::expectile;  ///< τ, (0, 1); 0.9 for the paper's mazes
  /// configuration of the V network
  config_of<Network> network = detail::default_value_network<config_of<Network>, Defaults>();
  AdamConfig optimizer = {};  ///< optimizer of V

  static constexpr bool needs_temperature = false;

  static void fields(auto& self, auto&& visit) {
    visit("expectile", self.expectile, between(0, 1));
    visit("network", self.network);
    visit("optimizer", self.optimizer);
  }

  template <class Policy, class Critics>
  class State {
    static_assert(check_v_network<Network>());
    static_assert(std::same_as<typename Network::Scalar, typename Policy::Scalar>,
                  "holdfast: the V network of an Expectile must have the Policy's Scalar");

   public:
    using ContextType = Context<Policy, Critics>;
    using Scalar = typename ContextType::Scalar;

    State(const Expectile& config, const Policy&, const Critics& critics, Sizes sizes, Generator& generator)
        : expectile_(config.expectile), value_(Network(config.network, sizes, generator), config.optimizer, "value") {
      require_critics(critics);
    }

    /// Returns the V network. The non-const version serves to set its parameters.
    [[nodiscard]] const Network& network() const { return value_.network(); }
    [[nodiscard]] Network& network() { return value_.network(); }
    [[nodiscard]] const auto& optimizer() const { return value_.optimizer(); }

    /// Takes one step of V towards the expectile of the target critics' values of the batch.
    void prepare(ContextType& context) {
      minimum(context.critics.values(Net::target, context.batch.observations, context.batch.actions, critic_tape_), q_);
      difference_ = q_ - network().values(context.batch.observations, tape_);
      loss_ = expectile_loss(expectile_, difference_, slope_);
      context.require_finite(loss_, "value loss");
      slope_ = -slope_;  // u falls as V rises
      network().backward(context.batch.observations, tape_, slope_, value_.gradient());
      value_.step();
    }

    void track(ContextType&, double) {}

    void values(ContextType& context, Side side, Net, Row<Scalar>& out) {
      out = network().values(context.observations(side), tape_);
    }

    void advantage(ContextType& context, Row<Scalar>& out) {
      out = q_ - network().values(context.batch.observations, tape_);
    }

    static void state(auto& self, auto&& visit) { visit("value", self.value_); }

    template <class Visitor>
    void report(Visitor&& visit) const {
      visit("value_loss", static_cast<double>(loss_));
    }

   private:
    double expectile_;
    Trained<Network> value_;
    Scalar loss_ = 0;

    typename Critics::Tape critic_tape_;
    typename Network::Tape tape_;
    Row<Scalar> q_;  // min_i Q̄_i of the batch; valid for the whole update, as the targets move at its end
    Row<Scalar> difference_;
    Row<Scalar> slope_;
  };
};

}  // namespace holdfast
