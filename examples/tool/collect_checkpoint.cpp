#include "tool/collect_checkpoint.hpp"

#include <filesystem>
#include <fstream>

#include "holdfast/core/content_hash.hpp"
#include "holdfast/core/errors.hpp"
#include "holdfast/core/field.hpp"
#include "holdfast/core/whole_file.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/untrusted.hpp"

namespace tool {

namespace {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program
namespace fs = std::filesystem;

constexpr const char* kind = "holdfast collect";

/// Returns the name of a policy that is built in, or a hash of the file of the policy.
std::string policy_content(const std::string& policy) {
  if (policy == "random" || policy == "scripted") return policy;
  std::ifstream file = program::open_to_read(policy, "a policy");
  return "with hash " + hash_text(content_hash(program::read_rest(policy, file)));
}

/// Returns the values of the options that decide what is collected, by the options' names.
std::map<std::string, std::string> describe(const CollectOptions& options) {
  return {{"kind", kind},
          {"build", program::build()},
          {"environment", options.environment},
          {"policy", policy_content(options.policy)},
          {"noise", format_number(options.noise)},
          {"epsilon", format_number(options.epsilon)},
          {"deterministic", options.deterministic ? "true" : "false"},
          {"seed", std::to_string(options.seed)}};
}

}  // namespace

CollectCheckpoint::CollectCheckpoint(const CollectOptions& options)
    : out_(options.out),
      path_(options.out + ".checkpoint.h5"),
      about_(describe(options)),
      lock_(options.out + ".lock", options.out) {
  program::check_writable(path_);
  for (const std::string& file : {out_, path_}) remove_unfinished_files(file);
  if (options.resume || !fs::exists(path_)) return;
  if (!options.overwrite)
    throw ConfigError(
        message(path_, ": ", out_, " is unfinished; go on with --resume, or begin anew with --overwrite"));
  remove_file(path_);
}

std::optional<Checkpoint> CollectCheckpoint::read() const {
  if (!fs::exists(path_)) return std::nullopt;
  const program::Reading reading(path_);
  std::optional<Checkpoint> found = read_checkpoint(path_);
  const auto text = [&](const std::string& key) {
    const auto at = found->about.find(key);
    return at == found->about.end() ? std::string("none") : at->second;
  };
  if (text("kind") != kind)
    throw DataError(message(path_, ": expected a checkpoint of ", kind, ", found one of another kind of run"));
  for (const auto& [key, value] : about_)
    if (key != "build" && text(key) != value)
      throw ConfigError(message(path_, ": expected --", key, ' ', text(key), " to go on with ", out_, ", found ", value,
                                "; give the same, or begin anew with --overwrite"));
  if (text("build") != about_.at("build"))
    program::warn(message(path_, ": made by ", text("build"), ", and goes on by ", about_.at("build"),
                          "; the data may differ in its last digits from a run that was not stopped"));
  return found;
}

void CollectCheckpoint::remove() const { remove_file(path_); }

}  // namespace tool
