/// \file
/// A network with what trains it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "holdfast/core/gradient_of.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/concepts.hpp"

namespace holdfast {

/// A network, its gradient and its optimizer: everything that is trained in the library is one. Whoever computes a loss
/// adds to `gradient()`, and `step` uses it up.
///
/// A network with flat `parameters()` is moved by Adam. One that keeps its parameters elsewhere, such as in another
/// framework, moves itself (requirements::trains_itself).
template <class Network>
class Trained {
  static_assert(check_trainable<Network>());
  static constexpr bool flat = requirements::has_parameters<Network>;

 public:
  using Scalar = typename Network::Scalar;
  using Gradient = gradient_of<Network>;
  struct NoOptimizer {};
  using Optimizer = std::conditional_t<flat, Adam<Scalar>, NoOptimizer>;

  /// `name` is that of the network in messages. Throws ConfigError that names the field of the optimizer.
  Trained(Network network, [[maybe_unused]] const AdamConfig& optimizer, [[maybe_unused]] std::string name)
      : network_(std::move(network)) {
    if constexpr (flat) {
      optimizer_ = Optimizer(optimizer, std::move(name), network_.parameters().size());
      gradient_.setZero(network_.parameters().size());
    }
  }

  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] const Network& network() const { return network_; }
  /// The gradient since the last step, which losses are added to.
  [[nodiscard]] Gradient& gradient() { return gradient_; }
  [[nodiscard]] const Optimizer& optimizer() const { return optimizer_; }

  /// One step of the optimizer against the gradient, which is zero afterwards. `scale` multiplies the learning rate;
  /// `update` is the caller's count of updates, from 1, which schedule and messages go by; 0 where it is that of steps.
  /// Throws as Adam::step; the network is then as before.
  void step(double scale = 1, [[maybe_unused]] std::uint64_t update = 0) {
    if constexpr (flat) {
      optimizer_.step(network_.parameters(), gradient_, scale, update);
      gradient_.setZero();
    } else {
      network_.step(gradient_, scale);
    }
  }

  /// Forgets the gradient since the last step, of an update that failed.
  void discard() {
    if constexpr (flat)
      gradient_.setZero();
    else
      network_.discard(gradient_);
  }

  static void state(auto& self, auto&& visit) {
    visit("network", self.network_);
    if constexpr (flat) visit("optimizer", self.optimizer_);
  }

 private:
  Network network_;
  Gradient gradient_;
  Optimizer optimizer_;
};

namespace detail {
template <class T>
struct IsTrained : std::false_type {};
template <class Network>
struct IsTrained<Trained<Network>> : std::true_type {};
}  // namespace detail

/// Calls visit(trained) for every Trained in an object's state, in order, but for those inside of one.
template <class T, class Visit>
void for_each_trained(T& object, Visit&& visit) {
  visit_state(object, [&visit](std::string_view, auto& entry) {
    using Entry = std::remove_cvref_t<decltype(entry)>;
    if constexpr (detail::IsTrained<Entry>::value) {
      visit(entry);
    } else if constexpr (detail::IsVector<Entry>::value && !StateNumbers<Entry>) {
      for (auto& each : entry) {
        if constexpr (detail::IsTrained<typename Entry::value_type>::value)
          visit(each);
        else
          for_each_trained(each, visit);
      }
    } else if constexpr (HasState<Entry>) {
      for_each_trained(entry, visit);
    }
  });
}

}  // namespace holdfast
