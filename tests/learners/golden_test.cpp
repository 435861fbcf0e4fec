/// \file
/// Tests whole updates of every learner against an independent automatic differentiation; golden/README.md describes
/// the file.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "holdfast/data/hdf5/file.hpp"
#include "holdfast/learners/algorithms.hpp"

namespace golden_test {

using namespace holdfast;
using hdf5::Reader;

namespace {

/// A table of algorithms, and the groups of its batches and cases in the file.
struct Continuous {
  using Table = Algorithms<>;
  static constexpr Sizes sizes{.observation = 3, .action = 2};
  static constexpr std::string_view root = "";
};

struct Finite {
  using Table = Algorithms<ActionIndices>;
  static constexpr Sizes sizes{.observation = 3, .action = 4};
  static constexpr std::string_view root = "finite/";
};

constexpr double tolerance = 1e-9;  // relative; the errors are about 1e-14

Vector<double> read_vector(const Reader& file, const std::string& name) {
  return file.read_row<double>(name).matrix().transpose();
}

/// Returns the largest difference of two vectors, in units of the largest entry of the expected one.
double relative_error(const Vector<double>& found, const Vector<double>& expected) {
  if (found.size() != expected.size() || !found.allFinite()) return 1e300;
  const double scale = expected.cwiseAbs().maxCoeff();
  return (found - expected).cwiseAbs().maxCoeff() / (scale > 0 ? scale : 1.0);
}

/// Returns the names in a group of the file, in order.
std::vector<std::string> members(const std::vector<std::string>& names, const std::string& group) {
  std::vector<std::string> found;
  for (const std::string& name : names)
    if (name.starts_with(group + "/")) found.push_back(name.substr(group.size() + 1));
  return found;
}

/// Returns the groups of the cases of one table.
template <class Kind>
std::vector<std::string> case_groups(const std::vector<std::string>& names) {
  const std::string cases = message(Kind::root, "cases");
  std::vector<std::string> found;
  for (const std::string& name : members(names, cases))
    if (name.ends_with("/algorithm")) found.push_back(message(cases, "/", name.substr(0, name.find('/'))));
  return found;
}

template <class BatchType>
BatchType read_batch(const Reader& file, const std::string& group, double discount) {
  BatchType batch;
  batch.observations = file.read_matrix<double>(group + "/observations");
  if constexpr (FiniteActions<typename BatchType::Actions>)
    batch.actions = file.read_row<Index>(group + "/actions").matrix();
  else
    batch.actions = file.read_matrix<double>(group + "/actions");
  batch.rewards = file.read_row<double>(group + "/rewards");
  batch.continuation = discount * (1 - file.read_row<double>(group + "/terminals"));
  batch.next_observations = file.read_matrix<double>(group + "/next_observations");
  if constexpr (!FiniteActions<typename BatchType::Actions>) {
    batch.next_actions = file.read_matrix<double>(group + "/next_actions");
    batch.returns_to_go = file.read_row<double>(group + "/returns_to_go");
  }
  return batch;
}

template <class Config>
void set_fields(Config& config, const std::string& settings) {
  std::istringstream lines(settings);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find(" = ");
    set_field(config, line.substr(0, equals), line.substr(equals + 3));
  }
}

/// Calls visit(name, parameters, optimizer) for every network of a learner; the optimizer of a target or an average is
/// null. Skips a policy without parameters, and an average that is not kept.
template <class Learner, class Visit>
void for_each_network(Learner& learner, Visit&& visit) {
  const Adam<double>* const none = nullptr;
  if (learner.policy().parameters().size() > 0)
    visit("policy", learner.policy().parameters(), &learner.policy_optimizer());
  if (learner.policy_average().size() > 0) visit("policy_average", learner.policy_average(), none);
  if constexpr (requires { learner.critics().member(Net::online, 0); })
    for (Index i = 0; i < learner.critics().size(); ++i) {
      visit(message("critic_", i), learner.critics().member(Net::online, i).parameters(),
            &learner.critics().optimizer(i));
      visit(message("target_", i), learner.critics().member(Net::target, i).parameters(), none);
    }
  if constexpr (requires { learner.value().network(); })
    visit("value", learner.value().network().parameters(), &learner.value().optimizer());
  if constexpr (requires { learner.value().target_policy(); })
    visit("target_policy", learner.value().target_policy().parameters(), none);
  if constexpr (requires { learner.improvement().divergence(); }) {
    auto& divergence = learner.improvement().divergence();
    visit("behavior", divergence.behavior().parameters(), &divergence.optimizer());
  }
}

/// Draws numbers of a kind of the golden noise again: normal, uniform, unit, word or below_COUNT.
Matrix<double> draw_again(std::string_view kind, Index rows, Index cols, Generator& generator) {
  Matrix<double> numbers(rows, cols);
  if (kind.starts_with("normal")) {
    generator.fill_normal(numbers);
  } else if (kind.starts_with("word")) {
    for (double& number : numbers.reshaped()) number = static_cast<double>(generator());
  } else if (kind.starts_with("below_")) {
    const Index count = std::stoll(std::string(kind.substr(6)));
    for (double& number : numbers.reshaped()) number = static_cast<double>(generator.index(count));
  } else {
    const double low = kind.starts_with("uniform") ? -1 : 0;
    for (double& number : numbers.reshaped()) number = generator.uniform(low, 1);
  }
  return numbers;
}

/// One case: a learner starts from the file's parameters and is compared with the file after each update.
template <class Learner>
class Replay {
 public:
  Replay(const Reader& file, const std::vector<std::string>& names, std::string group, Learner& learner)
      : file_(file), names_(names), group_(std::move(group)), learner_(learner) {
    std::size_t count = 0;
    for_each_network(learner_, [&](const std::string& network, Vector<double>& parameters, const Adam<double>*) {
      const Vector<double> stored = read_vector(file_, group_ + "/initial/" + network);
      REQUIRE(parameters.size() == stored.size());
      parameters = stored;
      ++count;
    });
    CHECK(count == members(names_, group_ + "/initial").size());
  }

  /// Updates with the batch `step` of the group `batches`.
  void update(const std::string& batches, const std::string& step) {
    CAPTURE(step);
    learner_.update(read_batch<typename Learner::BatchType>(file_, message(batches, "/", step), learner_.discount()));
    check_networks(group_ + "/" + step);
    check_figures(group_ + "/" + step + "/figures");
  }

 private:
  void check_networks(const std::string& group) {
    std::size_t gradients = 0;
    std::size_t count = 0;
    for_each_network(
        learner_, [&](const std::string& network, const Vector<double>& parameters, const Adam<double>* optimizer) {
          CAPTURE(network);
          ++count;
          CHECK(relative_error(parameters, read_vector(file_, group + "/parameters/" + network)) < tolerance);
          if (optimizer == nullptr) return;
          ++gradients;
          const Vector<double> expected = read_vector(file_, group + "/gradients/" + network);
          CHECK(expected.norm() > 1e-3);
          CHECK(relative_error(last_gradient(network, *optimizer), expected) < tolerance);
        });
    CHECK(count == members(names_, group + "/parameters").size());
    CHECK(gradients == members(names_, group + "/gradients").size());
  }

  // Adam's first moment is m ← β₁ m + (1 − β₁) g.
  Vector<double> last_gradient(const std::string& network, const Adam<double>& optimizer) {
    const double beta1 = optimizer.config().beta1;
    Vector<double>& moment = moments_[network];
    if (moment.size() == 0) moment.setZero(optimizer.first_moment().size());
    Vector<double> gradient = (optimizer.first_moment() - beta1 * moment) / (1 - beta1);
    moment = optimizer.first_moment();
    return gradient;
  }

  void check_figures(const std::string& group) {
    std::size_t count = 0;
    learner_.report([&](std::string_view name, double value) {
      CAPTURE(name);
      ++count;
      const auto expected = file_.read_number<double>(group + "/" + std::string(name));
      CHECK(std::abs(value - expected) <= tolerance * std::abs(expected));
    });
    CHECK(count == members(names_, group).size());
  }

  const Reader& file_;
  const std::vector<std::string>& names_;
  std::string group_;
  Learner& learner_;
  std::map<std::string, Vector<double>> moments_;
};

}  // namespace

TEMPLATE_TEST_CASE("An update of each learner is that of an independent automatic differentiation", "[golden]",
                   Continuous, Finite) {
  const Reader file(HOLDFAST_GOLDEN);
  const std::vector<std::string> names = file.names();
  const std::string batches = message(TestType::root, "batches");
  for (const std::string& group : case_groups<TestType>(names)) {
    CAPTURE(group);
    TestType::Table::with(file.read_text(group + "/algorithm"), [&]<class Entry>() {
      using Learner = typename Entry::template Learner<double>;
      typename Learner::Config config;
      set_fields(config, file.read_text(group + "/settings"));
      Learner learner(config, TestType::sizes, file.read_number<std::uint64_t>(group + "/seed"));
      Replay<Learner> replay(file, names, group, learner);
      replay.update(batches, "1");
      replay.update(batches, "2");
    });
  }
}

TEMPLATE_TEST_CASE("Every algorithm of the table has a golden update", "[golden]", Continuous, Finite) {
  const Reader file(HOLDFAST_GOLDEN);
  std::vector<std::string> present;
  for (const std::string& group : case_groups<TestType>(file.names()))
    present.push_back(file.read_text(group + "/algorithm"));
  for (const std::string_view algorithm : TestType::Table::names) {
    CAPTURE(algorithm);
    CHECK(std::find(present.begin(), present.end(), algorithm) != present.end());
  }
}

TEST_CASE("The noise of the golden updates is that of the generator", "[golden]") {
  const Reader file(HOLDFAST_GOLDEN);
  const std::vector<std::string> names = file.names();
  for (const std::string& group : case_groups<Continuous>(names)) {
    Generator generator(file.read_number<std::uint64_t>(group + "/seed"), Stream::noise);
    for (const std::string& step : {group + "/1/noise", group + "/2/noise"})
      for (const std::string& draw : members(names, step)) {
        CAPTURE(step, draw);
        const Matrix<double> expected = file.read_matrix<double>(message(step, "/", draw));
        const std::string kind = draw.substr(draw.find('_') + 1);
        const Matrix<double> drawn = draw_again(kind, expected.rows(), expected.cols(), generator);
        // The normal numbers depend on the platform's log, cos and sin; the others are exact.
        CHECK((drawn - expected).cwiseAbs().maxCoeff() <= (kind.starts_with("normal") ? 1e-13 : 0.0));
      }
  }
}

}  // namespace golden_test
