/// \file
/// Critics that record their gradient instead of taking a step, so that a test can check it.
#pragma once

#include <vector>

#include "holdfast/networks/ensemble.hpp"
#include "holdfast/networks/mlp_q.hpp"

namespace holdfast::testing {

/// An ensemble that adds to `gradients` in place of its own gradients and whose `step` does nothing.
template <class Network>
class RecordingEnsemble : public Ensemble<Network> {
 public:
  using Base = Ensemble<Network>;
  using Base::Base;
  using typename Base::Actions;
  using typename Base::Tape;

  void backward(const Matrix<double>& observations, const Actions& actions, Tape& tape, const Matrix<double>& adjoint) {
    for_each_member([&](const Network& network, std::size_t i) {
      const Row<double> own = adjoint.row(static_cast<Index>(i)).array();
      network.backward(observations, actions, tape.members[i], own, gradients[i]);
    });
  }
  void action_gradients_backward(const Matrix<double>& observations, const Actions& actions, Tape& tape,
                                 const std::vector<Actions>& directions) requires
      IsTwiceDifferentiableQNetwork<Network> {
    for_each_member([&](const Network& network, std::size_t i) {
      network.action_gradient_backward(observations, actions, tape.members[i], tape.adjoints[i], directions[i],
                                       gradients[i]);
    });
  }
  void step() {}

  std::vector<Vector<double>> gradients;

 private:
  template <class Work>
  void for_each_member(Work&& work) {
    gradients.resize(static_cast<std::size_t>(this->size()));
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const Network& network = this->member(Net::online, static_cast<Index>(i));
      if (gradients[i].size() == 0) gradients[i].setZero(network.parameters().size());
      work(network, i);
    }
  }
};

using RecordingCritics = RecordingEnsemble<MlpQ<double>>;

}  // namespace holdfast::testing
