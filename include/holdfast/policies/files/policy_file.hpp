/// \file
/// Reads and writes policies in HDF5 files. Any HDF5 tool can read the files, and each file contains a proof with which
/// a reader checks the policy. Needs the HDF5 C library. No other header of the library includes this one.
///
/// The file has the attributes `format` = "holdfast-policy" and `version` = "2", or "3" if best_of/choice is there;
/// version 1 is also read. Its datasets are (N×F as NumPy shows them):
///
///     type                      text: tanh_gaussian, gaussian, deterministic, diffusion_residual, diffusion_mlp,
///                               flow_mlp or distilled_flow; for a finite action set categorical or greedy
///     observation_size, action_size          O and A; for a finite action set A is the number of actions
///     config/<field>            text, one for each field of the configuration: config/network.hidden = "[256, 256]"
///     parameters                P; for each layer its weights (inputs×outputs in C order), then its bias, then, of a
///                               hidden layer that is normalized, its scale and its shift; for gaussian followed by
///                               ln σ (A); for greedy as many networks as config/critics states
///     normalization/mean, normalization/scale     O; the network's input is (s − mean) / scale
///     best_of/samples, seed, config/<field>, parameters     only if the policy acts by one of N draws: N, the seed,
///                               and the critic, an MLP over [s; a]
///     best_of/choice, expectile, critics     version 3: how the draw is chosen (best, softmax, expectile), τ of
///                               expectile, and the number of critics in best_of/parameters, whose minimum is the
///                               value; without them the best draw by one critic
///     proof/observations        16×O, raw observations
///     proof/actions, proof/draws             16×A: the modes, and draws with a fixed seed (with best_of, from the
///                               inner policy), as computed by the writer
///     proof/values              16: with best_of, the values of the draws
///     metadata/<key>            text
///
/// For a finite action set the proof contains, instead of the draws and their values,
///
///     proof/actions             16, integers: the modes
///     proof/probabilities       16×A: π(a|s)
///     proof/values              16×A: for greedy, the values that it chooses by
///
/// The network is an MLP with the activation config/network.activation between its layers. Its outputs are
///   - for tanh_gaussian: μ (A) and ln σ (A, clipped to the configuration's bounds); the mode is tanh μ;
///   - for gaussian: μ, followed by a tanh if squash_mean; the mode is the result clipped to ±action_limit;
///   - for deterministic: u; the action is tanh u;
///   - for diffusion_residual, diffusion_mlp and flow_mlp: the noise ε̂ or the velocity v at [s; x; φ(t)], from which
///     the chain of policies/generative/denoising.hpp or flow_matching.hpp makes the action. The parameters of φ
///     (networks/time_features.hpp) come first, then those of the network, an MLP or that of
///     networks/residual_mlp.hpp;
///   - for distilled_flow: the parameters of a flow come first, as for flow_mlp with config/teacher.…, then those of an
///     MLP over [s; z], z ~ N(0, 1), whose clipped output is the action;
///   - for categorical: one logit per action; the mode is the action with the largest logit;
///   - for greedy: one value per action, of which the minimum over the networks counts; the mode is the action with the
///     largest value. It has all probability except config/epsilon, which is spread over all actions.
///
/// In a tie, the mode is the first action.
///
/// Numbers are float32 or float64, as in the policy. All content has checksums (hdf5/writer.hpp). The reader recomputes
/// the proof and rejects the file if the results differ.
#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <new>
#include <string>
#include <utility>

#include "holdfast/data/hdf5/file.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "holdfast/policies/deployed.hpp"
#include "holdfast/policies/files/policy_proof.hpp"

namespace holdfast {

namespace detail {

inline constexpr const char* policy_format = "holdfast-policy";
inline constexpr int policy_version = 3;

inline void write_fields(hdf5::Writer& file, const std::string& group, const PolicyRecord::Fields& fields) {
  for (const auto& [name, value] : fields) file.write_text(group + name, value);
}

inline PolicyRecord::Fields read_fields(const hdf5::Reader& file, const std::string& group) {
  PolicyRecord::Fields fields;
  for (const std::string& name : file.names())
    if (name.starts_with(group)) fields.emplace_back(name.substr(group.size()), file.read_text(name));
  return fields;
}

/// Reads a configuration and returns it with the current names. Version 1 has the names hidden_initialiser and
/// output_initialiser.
inline PolicyRecord::Fields read_config(const hdf5::Reader& file, const std::string& group, int format_version) {
  PolicyRecord::Fields fields = read_fields(file, group);
  if (format_version == 1)
    for (auto& field : fields)
      if (field.first.ends_with("_initialiser")) field.first.replace(field.first.rfind("iser"), 4, "izer");
  return fields;
}

/// Returns the version of a policy file's format. Throws DataError if the file is not a policy file or is too new.
inline int read_policy_version(const hdf5::Reader& file) {
  file.require_format(policy_format, "a policy file");
  const std::string version = file.read_attribute("version");
  int number = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
  if (error != std::errc() || end != version.data() + version.size() || number < 1)
    file.fail("version", message("expected a whole number, found \"", version, "\""));
  if (number > policy_version)
    file.fail("version", message("expected at most ", policy_version, ", found ", number,
                                 ": the file is of a newer version of the library; update holdfast"));
  return number;
}

/// Throws as `read_policy_version`.
inline void check_policy_format(const hdf5::Reader& file) { static_cast<void>(read_policy_version(file)); }

inline PolicyRecord read_policy_record(const hdf5::Reader& file, int format_version) {
  const auto column = [&](const std::string& name) -> Vector<double> {
    return file.read_row<double>(name).matrix().transpose();
  };
  PolicyRecord record;
  record.type = file.read_text("type");
  record.sizes = {file.read_number<Index>("observation_size"), file.read_number<Index>("action_size")};
  record.config = read_config(file, "config/", format_version);
  record.parameters = column("parameters");
  if (!file.contains("best_of")) return record;
  BestOfConfig choice{.samples = file.read_number<Index>("best_of/samples"),
                      .seed = file.read_number<std::uint64_t>("best_of/seed")};
  if (file.contains("best_of/choice")) {
    choice.expectile = file.read_number<double>("best_of/expectile");
    choice.critics = file.read_number<Index>("best_of/critics");
    try {
      parse_field("best_of/choice", file.read_text("best_of/choice"), choice.choice);
    } catch (const ConfigError& error) {
      file.fail("best_of/choice", error.what());
    }
  }
  record.best_of = {.choice = choice,
                    .config = read_config(file, "best_of/config/", format_version),
                    .parameters = column("best_of/parameters")};
  return record;
}

template <class Scalar>
Normalization<Scalar> read_normalization(const hdf5::Reader& file, Index size) {
  const auto column = [&](const char* name) -> Vector<Scalar> {
    const Row<Scalar> row = file.read_row<Scalar>(name);
    if (row.size() != size) file.fail(name, message("expected ", size, " numbers, found ", row.size()));
    if (!row.allFinite()) file.fail(name, "expected finite numbers, found one that is not");
    return row.matrix().transpose();
  };
  Normalization<Scalar> normalization{column("normalization/mean"), column("normalization/scale")};
  if (!(normalization.scale.array() > 0).all())
    file.fail("normalization/scale", message("expected positive numbers, found ", normalization.scale.minCoeff()));
  return normalization;
}

}  // namespace detail

/// Reads the policy of a file and checks its proof. For continuous actions, `read_policy(path)` reads float and
/// `read_policy<Matrix<double>>(path)` reads double. For a finite action set use `read_policy<ActionIndices>(path)`, or
/// `read_policy<ActionIndices, double>(path)` for a precision other than float. Throws DataError with one line that
/// names the file, the HDF5 dataset, what was expected and what was found.
template <class Actions = Matrix<float>, class Scalar = ScalarOf<Actions>>
[[nodiscard]] DeployedPolicy<AnyPolicy<Scalar, Actions>> read_policy(const std::string& path) {
  const hdf5::Reader file(path);
  const int format_version = detail::read_policy_version(file);
  const PolicyRecord record = detail::read_policy_record(file, format_version);
  const auto make = [&] {
    try {
      return make_policy<Actions, Scalar>(record);
    } catch (const Error& error) {
      throw DataError(path + ": " + error.what());
    } catch (const std::bad_alloc&) {
      throw DataError(path + ": the policy does not fit into memory");
    }
  };
  auto made = make();  // first, because the checks of the remaining datasets rely on its sizes
  DeployedPolicy<AnyPolicy<Scalar, Actions>> policy(std::move(made),
                                                    detail::read_normalization<Scalar>(file, record.sizes.observation));
  using Proof = detail::PolicyProof<Scalar, Actions>;
  const Proof stored = Proof::read(file, record);
  Proof::of(policy, record, stored.observations).check(file, stored);
  return policy;
}

/// Writes a policy, with each entry of `metadata` as text. An existing file is replaced only after the new one is
/// complete. Throws DataError if the file cannot be written or the policy's numbers are not finite, and ConfigError if
/// the policy cannot be recorded.
template <class Policy>
void write_policy(const std::string& path, const DeployedPolicy<Policy>& policy,
                  const std::map<std::string, std::string>& metadata = {}) {
  static_assert(
      Recordable<Policy>,
      "holdfast: a policy file holds the library's policies whose networks are MLPs, neither tables nor yours");
  using Scalar = typename Policy::Scalar;
  using Actions = typename Policy::Actions;
  const PolicyRecord record = record_of(policy.policy());
  const Normalization<Scalar>& normalization = policy.normalization();
  const auto require_finite = [&](const char* name, const auto& numbers) {
    if (!numbers.allFinite())
      throw DataError(message(path, ": ", name, ": expected finite numbers, found one that is not"));
  };
  require_finite("parameters", record.parameters);
  if (record.best_of) require_finite("best_of/parameters", record.best_of->parameters);
  require_finite("normalization/mean", normalization.mean);
  require_finite("normalization/scale", normalization.scale);
  const auto proof = detail::PolicyProof<Scalar, Actions>::of({make_policy<Actions, Scalar>(record), normalization},
                                                              record, detail::proof_observations(normalization));
  proof.each(require_finite);

  hdf5::Writer file(path);
  file.write_attribute("format", detail::policy_format);
  const bool chooses =
      record.best_of && (record.best_of->choice.choice != DrawChoice::best || record.best_of->choice.critics != 1);
  file.write_attribute("version", std::to_string(chooses ? detail::policy_version : 2));  // older readers know 2
  file.write_text("type", record.type);
  file.write_number("observation_size", record.sizes.observation);
  file.write_number("action_size", record.sizes.action);
  detail::write_fields(file, "config/", record.config);
  file.write("parameters", record.parameters.template cast<Scalar>());
  file.write("normalization/mean", normalization.mean);
  file.write("normalization/scale", normalization.scale);
  if (record.best_of) {
    const BestOfConfig& choice = record.best_of->choice;
    file.write_number("best_of/samples", choice.samples);
    file.write_number("best_of/seed", choice.seed);
    if (chooses) {
      file.write_text("best_of/choice", format_field(choice.choice));
      file.write_number("best_of/expectile", choice.expectile);
      file.write_number("best_of/critics", choice.critics);
    }
    detail::write_fields(file, "best_of/config/", record.best_of->config);
    file.write("best_of/parameters", record.best_of->parameters.template cast<Scalar>());
  }
  proof.each([&](const char* name, const auto& numbers) { file.write(name, numbers); });
  for (const auto& [key, text] : metadata) file.write_text("metadata/" + key, text);
  file.commit();
}

/// Returns whether the policy of a file has a finite action set. Throws DataError if it is not a policy file.
[[nodiscard]] inline bool has_finite_policy(const std::string& path) {
  const hdf5::Reader file(path);
  detail::check_policy_format(file);
  return is_finite_type(file.read_text("type"));
}

/// Returns the metadata of a policy file. Throws DataError if it is not a policy file.
[[nodiscard]] inline std::map<std::string, std::string> read_policy_metadata(const std::string& path) {
  const hdf5::Reader file(path);
  detail::check_policy_format(file);
  std::map<std::string, std::string> metadata;
  for (auto& [key, text] : detail::read_fields(file, "metadata/")) metadata.emplace(key, std::move(text));
  return metadata;
}

}  // namespace holdfast
