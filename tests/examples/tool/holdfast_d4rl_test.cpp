/// \file
/// Tests the tool on a file with the schema and the size of D4RL's halfcheetah-medium-v2: infos and metadata groups,
/// the weights of the behavior policy inside, a million transitions.
#include <hdf5.h>

#include <array>
#include <string>

#include "catch.hpp"
#include "examples/tool/tool_bench.hpp"
#include "holdfast/core/random.hpp"
#include "holdfast/data/hdf5.hpp"
#include "support/random_data.hpp"

namespace holdfast_d4rl_test {

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr Index rows = 1000000;
constexpr Index episode = 1000;

// Returns random numbers, the same in each episode, so that they are quickly compressed.
template <class Scalar>
Matrix<Scalar> repeated(Index features, double scale, Generator& generator) {
  return static_cast<Scalar>(scale) * normal_matrix<Scalar>(features, episode, generator).replicate(1, rows / episode);
}

void write_layer(hdf5::Writer& file, const std::string& name, Index inputs, Index outputs, Generator& generator) {
  file.write("metadata/policy/" + name + "/bias", normal_matrix<float>(outputs, 1, generator).col(0).eval());
  file.write("metadata/policy/" + name + "/weight", normal_matrix<float>(inputs, outputs, generator));
}

// Adds texts of variable length, as h5py writes them.
void add_texts(const std::string& path) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  const hid_t scalar = H5Screate(H5S_SCALAR);
  for (const auto& [name, text] : {std::array{"metadata/algorithm", "SAC"},
                                   {"metadata/policy/nonlinearity", "relu"},
                                   {"metadata/policy/output_distribution", "tanh_gaussian"}}) {
    const hid_t dataset = H5Dcreate2(file, name, type, scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    CHECK(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) >= 0);
    H5Dclose(dataset);
  }
  H5Sclose(scalar);
  H5Tclose(type);
  CHECK(H5Fclose(file) >= 0);
}

void write_as_d4rl(const std::string& path) {
  Generator generator(1);
  hdf5::Writer file(path);
  const auto write = [&](const char* name, const auto& data) { file.write(name, data, hdf5::Storage::compressed); };
  auto observations = repeated<float>(17, 1, generator);
  observations.row(0).setLinSpaced(-1, 1);  // no two transitions are the same
  write("observations", observations);
  write("next_observations", repeated<float>(17, 1, generator));
  write("actions", repeated<float>(6, 0.2, generator));
  write("rewards", repeated<float>(1, 1, generator).row(0).eval());
  Flags flags = Flags::Zero(rows);
  file.write_flags("terminals", flags, hdf5::Storage::compressed);
  for (Index i = episode - 1; i < rows; i += episode) flags(i) = 1;
  file.write_flags("timeouts", flags, hdf5::Storage::compressed);
  write("infos/action_log_probs", repeated<float>(1, 1, generator).row(0).eval());
  write("infos/qpos", repeated<double>(9, 1, generator));
  write("infos/qvel", repeated<double>(9, 1, generator));
  file.write_number("metadata/iteration", 2160);
  write_layer(file, "fc0", 17, 256, generator);
  write_layer(file, "fc1", 256, 256, generator);
  write_layer(file, "last_fc", 256, 6, generator);
  write_layer(file, "last_fc_log_std", 256, 6, generator);
  file.commit();
  add_texts(path);
}

}  // namespace

TEST_CASE("holdfast reads a million transitions in D4RL's layout, with its infos and the behavior's weights",
          "[slow]") {
  const ToolBench bench;
  write_as_d4rl(bench.path("data.hdf5"));
  const Transitions<float> data = read_d4rl(bench.path("data.hdf5"));
  REQUIRE(data.size() == rows);
  CHECK(data.observations(0, 0) == -1);
  CHECK(data.observations(0, rows - 1) == 1);
  CHECK((data.actions.col(0) - data.actions.col(rows - episode)).norm() == 0);
  CHECK(data.actions.cwiseAbs().maxCoeff() <= 1);
  CHECK(data.has_action_log_probs());
  CHECK(data.timeouts(episode - 1) == 1);
  const std::string json = bench.ok("inspect data.hdf5 --json");
  CHECK(number(json, "transitions") == static_cast<double>(rows));
  CHECK(number(json, "episodes") == static_cast<double>(rows / episode));
  CHECK(number(json, "timeouts") == static_cast<double>(rows / episode));
  CHECK(number(json, "terminals") == 0);
  CHECK_THAT(bench.ok("train --algorithm td3_bc --dataset data.hdf5 --steps 20 --out run" + small),
             Contains("data.hdf5: 1000000 transitions of 17 observation and 6 action features"));
  CHECK_THAT(bench.ok("train --resume --out run --steps 30"), Contains("resumed from step 20"));
#ifdef HOLDFAST_WITH_MUJOCO
  CHECK_THAT(bench.ok("evaluate --policy run/policy.h5 --environment half_cheetah --episodes 1"), Contains("return"));
#endif
}

}  // namespace holdfast_d4rl_test
