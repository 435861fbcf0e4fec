/// \file
/// Combines a network with its gradient and its optimizer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "holdfast/core/gradient_of.hpp"
#include "holdfast/networks/adam.hpp"
#include "holdfast/networks/all_reduce.hpp"
#include "holdfast/networks/concepts.hpp"

namespace holdfast {

/// A network, its gradient, its optimizer and, if wanted, a moving average of its parameters. Everything that is
/// trained in the library has this type. Code that computes a loss adds to `gradient()`, and `step` consumes it.
///
/// Adam updates a network with flat `parameters()`. A network that stores its parameters elsewhere, for example in
/// another framework, updates them itself (requirements::trains_itself).
template <class Network>
class Trained {
  static_assert(check_trainable<Network>());
  static constexpr bool flat = requirements::has_parameters<Network>;

 public:
  using Scalar = typename Network::Scalar;
  using Gradient = gradient_of<Network>;
  struct NoOptimizer {};
  using Optimizer = std::conditional_t<flat, Adam<Scalar>, NoOptimizer>;

  /// `name` is the network's name in messages. Throws ConfigError that names the invalid field of the optimizer.
  Trained(Network network, [[maybe_unused]] const AdamConfig& optimizer, [[maybe_unused]] std::string name)
      : network_(std::move(network)) {
    if constexpr (flat) {
      optimizer_ = Optimizer(optimizer, std::move(name), network_.parameters().size());
      gradient_.setZero(network_.parameters().size());
    }
  }

  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] const Network& network() const { return network_; }
  /// Returns the gradient accumulated since the last step. Losses add to it.
  [[nodiscard]] Gradient& gradient() { return gradient_; }
  [[nodiscard]] const Optimizer& optimizer() const { return optimizer_; }

  /// Takes every later step with the mean gradient over the learners of `all_reduce`, or with its own if that is null.
  /// Throws ConfigError if the network keeps its parameters elsewhere.
  void share(std::shared_ptr<AllReduce> all_reduce) {
    if (!flat && all_reduce)
      throw ConfigError("a network that keeps its parameters elsewhere cannot share its gradient");
    all_reduce_ = std::move(all_reduce);
  }
  /// Returns whether the gradient is shared. Then steps must be taken in the same order in all learners.
  [[nodiscard]] bool shares() const { return all_reduce_ != nullptr; }

  /// Keeps a moving average of the parameters from now on: at each step average ← (1 − rate) average + rate ·
  /// parameters, from the parameters as they are. Throws ConfigError if the network keeps its parameters elsewhere.
  void keep_average(double rate) {
    if constexpr (flat) {
      average_rate_ = rate;
      average_ = network_.parameters();
    } else {
      throw ConfigError(
          message("the rate of a moving average must be 1 for a network that keeps its parameters elsewhere, "
                  "but is ",
                  rate));
    }
  }
  /// Returns the moving average; empty if none is kept. The non-const version serves to set it.
  [[nodiscard]] const Vector<Scalar>& average() const { return average_; }
  [[nodiscard]] Vector<Scalar>& average() { return average_; }

  /// Takes one optimizer step against the gradient and then sets the gradient to zero. `scale` multiplies the learning
  /// rate. `update` is the caller's update number, from 1, for the schedule and for messages; 0 means to use the number
  /// of steps. Throws as Adam::step does; the network is then unchanged.
  void step(double scale = 1, [[maybe_unused]] std::uint64_t update = 0) {
    if constexpr (flat) {
      if (all_reduce_) {
        all_reduce_->sum(gradient_.data(), gradient_.size());
        gradient_ /= static_cast<Scalar>(all_reduce_->size());
      }
      optimizer_.consume(network_.parameters(), gradient_, scale, update);
      if (average_.size() > 0) polyak(average_, network_.parameters(), average_rate_);
    } else {
      network_.step(gradient_, scale);
    }
  }

  /// Drops the gradient accumulated since the last step, after an update that failed.
  void discard() {
    if constexpr (flat)
      gradient_.setZero();
    else
      network_.discard(gradient_);
  }

  static void state(auto& self, auto&& visit) {
    visit("network", self.network_);
    if constexpr (flat) visit("optimizer", self.optimizer_);
    if (self.average_.size() > 0) visit("average", self.average_);
  }

 private:
  Network network_;
  Gradient gradient_;
  Optimizer optimizer_;
  std::shared_ptr<AllReduce> all_reduce_;
  double average_rate_ = 1;
  Vector<Scalar> average_;
};

namespace detail {
template <class T>
struct IsTrained : std::false_type {};
template <class Network>
struct IsTrained<Trained<Network>> : std::true_type {};
}  // namespace detail

/// Calls visit(trained) for every Trained in an object's state, in order, except for a Trained inside another Trained.
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
