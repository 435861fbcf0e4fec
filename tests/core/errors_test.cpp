#include "holdfast/core/errors.hpp"

#include "catch.hpp"
#include "holdfast/core/config_of.hpp"

namespace errors_test {

using namespace holdfast;

namespace {

struct WithConfig {
  struct Config {
    int field = 3;
  };
};
struct WithoutConfig {};

template <class Thrown>
bool caught_as_error() {
  try {
    throw Thrown("what");
  } catch (const Error& error) {
    return std::string(error.what()) == "what";
  }
}

}  // namespace

static_assert(std::is_same_v<config_of<WithConfig>, WithConfig::Config>);
static_assert(std::is_empty_v<config_of<WithoutConfig>>);

TEST_CASE("message writes its parts one after the other", "[errors]") {
  CHECK(message("update ", 3, ": loss ", 0.5) == "update 3: loss 0.5");
}

TEST_CASE("require names the field, the requirement and the value", "[errors]") {
  CHECK_NOTHROW(require(true, "discount", "in [0, 1]", 2));
  CHECK_THROWS_WITH(require(false, "discount", "in [0, 1]", 1.5), "discount must be in [0, 1], but is 1.5");
  CHECK_THROWS_AS(require(false, "discount", "in [0, 1]", 1.5), ConfigError);
}

TEST_CASE("Everything the library throws is an Error", "[errors]") {
  CHECK(caught_as_error<ConfigError>());
  CHECK(caught_as_error<DataError>());
  CHECK(caught_as_error<NonFiniteError>());
}

}  // namespace errors_test
