#include "holdfast/data/next_actions.hpp"

#include <vector>

#include "catch.hpp"
#include "data/dataset_fixture.hpp"

namespace next_actions_test {

using namespace holdfast;
using fixture::chain;
using fixture::list;

TEST_CASE("A row's next action is that of the row after it, within its trajectory", "[next_actions]") {
  // A terminal at row 1, a time-out at row 3; the last row breaks off.
  const auto data = chain<double>({0, 1, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0});
  const auto chosen = with_next_actions(data);
  CHECK(list(chosen.rewards) == std::vector<double>{1, 2, 3, 5});  // rows 0, 1, 2 and 4
  CHECK(list(chosen.next_actions) == std::vector<double>{0.01, 0.01, 0.03, 0.05});
  chosen.validate();
  CHECK(data.next_actions.size() == 0);
}

TEST_CASE("Numbers of finite actions follow as well", "[next_actions]") {
  const auto chosen = with_next_actions(fixture::finite_chain<float>({0, 0, 1}, {0, 0, 0}));
  CHECK(list(chosen.next_actions) == std::vector<double>{1, 2, 2});
  CHECK(chosen.action_count == 3);
}

TEST_CASE("Data without any next action is refused", "[next_actions]") {
  CHECK_THROWS_WITH(with_next_actions(chain<double>({0, 0}, {1, 1})),
                    Catch::Matchers::Contains("expected a transition whose next action is known, found none"));
}

}  // namespace next_actions_test
