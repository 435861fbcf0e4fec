/// \file
/// Files of policies with three observation features: round trips, and copies with changed content.
#pragma once

#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "catch.hpp"
#include "data/temporary_directory.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "support/random_data.hpp"

namespace holdfast::testing {

using fixture::TemporaryDirectory;

template <class Scalar>
Normalization<Scalar> normalization() {
  return {Vector<double>{{1.0, -2.0, 3.0}}.cast<Scalar>(), Vector<double>{{2.0, 0.3, 0.7}}.cast<Scalar>()};
}

/// Writes and reads the policy, and checks that it acts as before.
template <class Policy>
void check_round_trip(const Policy& policy) {
  using Scalar = typename Policy::Scalar;
  const TemporaryDirectory directory;
  const std::string path = directory / "policy.h5";
  DeployedPolicy<Policy> before(policy, normalization<Scalar>());
  write_policy(path, before, {{"algorithm", "test"}});
  using Actions = typename Policy::Actions;
  auto after = read_policy<Actions, Scalar>(path);
  CHECK(read_policy_metadata(path) == std::map<std::string, std::string>{{"algorithm", "test"}});

  Generator generator(13);
  const Matrix<Scalar> observations = 3 * normal_matrix(3, 50, generator).template cast<Scalar>();
  Actions expected;
  Actions found;
  for (const Acting acting : {Acting::mode, Acting::sample}) {
    Generator noise(14);
    Generator same(14);
    const Row<Scalar> expected_log_probs = before.act(observations, acting, noise, expected);
    const Row<Scalar> found_log_probs = after.act(observations, acting, same, found);
    CHECK((found.array() == expected.array()).all());
    CHECK((found_log_probs == expected_log_probs || (found_log_probs.isNaN() && expected_log_probs.isNaN())).all());
  }
  // Writing what was read gives the same bytes.
  write_policy(directory / "again.h5", after, {{"algorithm", "test"}});
  const auto bytes = [](const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  CHECK(bytes(path) == bytes(directory / "again.h5"));
}

/// Copies a policy file without the datasets of `without`, and with what `add` writes instead.
inline void copy_policy(const std::string& from, const std::string& to, const std::set<std::string>& without,
                        const std::function<void(hdf5::Writer&)>& add = {}) {
  const hdf5::Reader source(from);
  hdf5::Writer target(to);
  for (const char* name : {"format", "version"})
    if (!without.contains(name)) target.write_attribute(name, source.read_attribute(name));
  for (const std::string& name : source.names()) {
    if (without.contains(name)) continue;
    if (name == "type" || name == "best_of/choice" || name.find("config/") != std::string::npos)
      target.write_text(name, source.read_text(name));
    else if (const auto [number, shape] = source.info(name); shape.empty() && number.starts_with("float"))
      target.write_number(name, source.read_number<double>(name));
    else if (shape.empty())
      target.write_number(name, source.read_number<Index>(name));
    else if (shape.size() == 2)
      target.write(name, source.read_matrix<float>(name));
    else if (number.starts_with("int"))
      target.write(name, source.read_row<Index>(name));
    else
      target.write(name, source.read_row<float>(name));
  }
  if (add) add(target);
  target.commit();
}

/// A file of a policy, and the errors about copies of it with changed content.
struct Forge {
  TemporaryDirectory directory;
  std::string good = directory / "good.h5";
  std::string bad = directory / "bad.h5";
  bool finite;

  template <class Policy>
  explicit Forge(const Policy& policy) : finite(FiniteActions<typename Policy::Actions>) {
    write_policy(good, DeployedPolicy<Policy>(policy, normalization<float>()));
  }

  std::string refusal(const std::set<std::string>& without, const std::function<void(hdf5::Writer&)>& add = {}) const {
    copy_policy(good, bad, without, add);
    return refusal_of(bad, finite);
  }
  static std::string refusal_of(const std::string& path, bool finite = false) {
    try {
      with_actions(finite, [&]<class Actions>() { static_cast<void>(read_policy<Actions>(path)); });
    } catch (const DataError& error) {
      const std::string what = error.what();
      CHECK(what.find('\n') == std::string::npos);
      CHECK_THAT(what, Contains(path));
      return what;
    }
    return "accepted";
  }
};

inline Row<float> row_of(const std::string& path, const std::string& name) {
  return hdf5::Reader(path).read_row<float>(name);
}

/// Returns the error about a file in which one number of a dataset has the other sign.
inline std::string flipped(const Forge& forge, const char* name, Index index) {
  Row<float> values = row_of(forge.good, name);
  values(index) = -values(index);
  return forge.refusal({name}, [&](auto& file) { file.write(name, values); });
}

}  // namespace holdfast::testing
