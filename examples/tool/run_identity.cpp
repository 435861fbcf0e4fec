#include "tool/run_identity.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/fields.hpp"
#include "holdfast/core/nearest.hpp"
#include "holdfast/data/hdf5.hpp"
#include "holdfast/policies/files/policy_file.hpp"
#include "support/untrusted.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

/// Values that may change when a run is resumed.
constexpr std::array<std::string_view, 8> free_keys = {"steps",           "threads",           "dataset",
                                                       "offline.dataset", "checkpoint",        "checkpoint_every",
                                                       "patience",        "stop_on_divergence"};

bool is_free(const std::string& key) { return is_among(free_keys, key); }

[[noreturn]] void refuse(const std::string& file, const std::string& what, const std::string& expected,
                         const std::string& found) {
  const auto shown = [](const std::string& value) { return value.empty() ? "none" : value; };
  throw ConfigError(message(file, ": expected ", what, " ", shown(expected), " to go on with this run, found ",
                            shown(found), "; choose another folder with --out for another run"));
}

}  // namespace

std::string run_id(const std::string& configuration, std::uint64_t data) {
  std::uint64_t hash = data;
  for (const Given& each : parse_config("the configuration", configuration))
    if (!is_free(each.key)) hash = content_hash(each.key + '=' + each.value + '\n', hash);
  return hash_text(hash);
}

void check_kind_of_run(const std::string& file, const Checkpoint& checkpoint, const char* kind) {
  const auto found = checkpoint.about.find("kind");
  if (found == checkpoint.about.end() || found->second != kind)
    throw DataError(message(file, ": expected a checkpoint of ", kind, ", found one of ",
                            found == checkpoint.about.end() ? "another program" : found->second));
}

void check_learner_of_run(const std::string& file, const Checkpoint& checkpoint, const Sources& sources) {
  std::vector<Given> asked = sources.file;
  asked.insert(asked.end(), sources.command_line.begin(), sources.command_line.end());
  const std::string algorithm = last_value(asked, "algorithm");
  if (!algorithm.empty() && algorithm != checkpoint.text("algorithm"))
    refuse(file, "algorithm", checkpoint.text("algorithm"), algorithm);
  const std::string dataset = last_value(asked, "dataset");
  if (dataset.empty()) return;
  const bool was_finite = checkpoint.text("actions") == "finite";
  Index count = 0;
  if (was_finite) parse_field("action_size", checkpoint.text("action_size"), count);
  const program::Reading reading(dataset);
  const bool finite = has_finite_actions(dataset, count);
  if (finite != was_finite)
    refuse(file, "a dataset with actions that are", was_finite ? "numbers of a finite set" : "continuous",
           dataset + ", in which they are not");
}

void check_same_run(const std::string& file, const Checkpoint& checkpoint, const std::string& configuration,
                    const std::string& dataset, std::uint64_t data) {
  const std::vector<Given> asked = parse_config("the configuration", configuration);
  for (const Given& each : parse_config(file, checkpoint.text("configuration")))
    if (!is_free(each.key) && last_value(asked, each.key) != each.value)
      refuse(file, each.key + " =", each.value, last_value(asked, each.key));
  if (hash_text(data) != checkpoint.text("data"))
    refuse(file, "the data that it was trained on, with hash", checkpoint.text("data"),
           message(dataset, " with hash ", hash_text(data)));
}

void check_one_run(const RunFolder& folder, const std::string& run) {
  const auto check = [&](const char* name, const std::string& found) {
    if (found != run)
      throw DataError(message(folder.file(name), ": expected a file of the run ", run, ", as checkpoint.h5 is, found ",
                              found.empty() ? "one of no run" : "one of the run " + found,
                              "; the folder holds files of several runs: remove those that do not belong to it"));
  };
  if (std::filesystem::exists(folder.file("config.toml"))) {
    std::ifstream config(folder.file("config.toml"));
    std::string line;
    std::getline(config, line);
    check("config.toml", run_in_config(line));
  }
  for (const char* name : {"policy.h5", "best_policy.h5"})
    if (std::filesystem::exists(folder.file(name))) {
      const program::Reading reading(folder.file(name));
      check(name, read_policy_metadata(folder.file(name))["run"]);
    }
}

}  // namespace tool
