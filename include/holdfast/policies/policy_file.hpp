/// \file
/// Policies in HDF5 files, readable anywhere and proving themselves. Needs the HDF5 C library; nothing else in the
/// library includes this.
///
/// Attributes of the file: `format` = "holdfast-policy", `version` = "1". Datasets, N×F as NumPy shows them:
///
///     type                      text: tanh_gaussian, gaussian or deterministic
///     observation_size, action_size          O and A
///     config/<field>            text, one for each field of the configuration: config/network.hidden = "[256, 256]"
///     parameters                P; for each layer its weights (inputs×outputs in C order), then its bias; a gaussian
///                               has ln σ (A) behind them
///     normalization/mean, normalization/scale     O: the network sees (s − mean) / scale
///     best_of/samples, seed, config/<field>, parameters     where the policy acts by the best of N draws: N, and the
///                               critic, an MLP over [s; a]
///     proof/observations        16×O, as an environment gives them
///     proof/actions, proof/draws             16×A: the modes, and draws with a fixed seed, that the writer computed
///     proof/values              16: with best_of, the critic's values of the draws
///     metadata/<key>            text
///
/// The network is an MLP with the activation of config/network.activation between its layers. Its outputs are, of a
/// tanh_gaussian, μ (A) and ln σ (A, clipped to the configuration's bounds), the mode being tanh μ; of a gaussian, μ,
/// as tanh μ where squash_mean, the mode being that clipped to ±action_limit; of a deterministic one, u, the action
/// tanh u.
///
/// Numbers are float32 or float64, as the policy was. Reading computes the actions of the proof again and refuses the
/// file where they differ.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <new>
#include <string>
#include <utility>

#include "holdfast/data/hdf5_file.hpp"
#include "holdfast/policies/any_policy.hpp"
#include "holdfast/policies/deployed.hpp"

namespace holdfast {

/// How far an action a of a file's proof may be from the one computed on reading it: 10⁻³ max(1, |a|), and a critic's
/// value by as much of the largest of them. In the same build the two are the same bits.
inline constexpr double policy_proof_tolerance = 1e-3;

namespace detail {

inline constexpr const char* policy_format = "holdfast-policy";
inline constexpr int policy_version = 1;

template <class Scalar>
struct PolicyProof {
  Matrix<Scalar> observations;  // O×16, raw
  Matrix<Scalar> actions;       // A×16
  Matrix<Scalar> draws;         // A×16
  Row<Scalar> values;           // 1×16, of the draws; empty without a critic
};

/// What the policy does at the given observations.
template <class Scalar>
PolicyProof<Scalar> prove(DeployedPolicy<AnyPolicy<Scalar>> policy, const PolicyRecord& record,
                          const Matrix<Scalar>& observations) {
  PolicyProof<Scalar> proof{observations, {}, {}, {}};
  Generator generator(0, Stream::evaluation);
  policy.act(observations, Acting::mode, generator, proof.actions);
  policy.act(observations, Acting::sample, generator, proof.draws);
  if (!record.best_of) return proof;
  const auto critic = restore_critic<Scalar>(record);
  typename MlpQ<Scalar>::Tape tape;
  Matrix<Scalar> normalised = observations;
  policy.normalization().apply(normalised);
  proof.values = critic.values(normalised, proof.draws, tape);
  return proof;
}

template <class Scalar>
Matrix<Scalar> proof_observations(const Normalization<Scalar>& normalization) {
  Generator generator(1, Stream::evaluation);
  Matrix<Scalar> observations(normalization.size(), 16);
  generator.fill_normal(observations);
  normalization.invert(observations);
  return observations;
}

/// The number of columns in which an entry differs by more than the tolerance, and the first of them.
template <class Scalar>
std::pair<Index, Index> count_differences(const Matrix<Scalar>& found, const Matrix<Scalar>& expected) {
  Index count = 0;
  Index first = 0;
  for (Index i = expected.cols(); i-- > 0;) {
    const auto allowed = policy_proof_tolerance * expected.col(i).template cast<double>().array().abs().max(1.0);
    const auto distance =
        (found.col(i).template cast<double>() - expected.col(i).template cast<double>()).array().abs();
    if ((distance <= allowed).all()) continue;  // NaN is no agreement
    ++count;
    first = i;
  }
  return {count, first};
}

template <class Scalar>
void check_proof(const hdf5::Reader& file, const PolicyProof<Scalar>& found, const PolicyProof<Scalar>& expected) {
  const auto check = [&](const char* name, const Matrix<Scalar>& mine, const Matrix<Scalar>& stored, Index allowed) {
    const auto [count, first] = count_differences<Scalar>(mine, stored);
    if (count > allowed)
      file.fail(name, message("expected ", stored.col(first).transpose(), " in row ", first,
                              ", as the writer computed, found ", mine.col(first).transpose(),
                              " from the parameters: the file is damaged, write it again"));
  };
  check("proof/draws", found.draws, expected.draws, 0);
  if (expected.values.size() > 0) {
    const Scalar scale = std::max(Scalar{1}, expected.values.abs().maxCoeff());
    check("proof/values", (found.values / scale).matrix(), (expected.values / scale).matrix(), 0);
  }
  // Which of the draws is best may turn on the last bit, in another build or precision.
  check("proof/actions", found.actions, expected.actions, expected.values.size() > 0 ? expected.actions.cols() / 4 : 0);
}

inline void write_fields(hdf5::Writer& file, const std::string& group, const PolicyRecord::Fields& fields) {
  for (const auto& [name, value] : fields) file.write_text(group + name, value);
}

inline PolicyRecord::Fields read_fields(const hdf5::Reader& file, const std::string& group) {
  PolicyRecord::Fields fields;
  for (const std::string& name : file.names())
    if (name.starts_with(group)) fields.emplace_back(name.substr(group.size()), file.read_text(name));
  return fields;
}

inline void check_policy_format(const hdf5::Reader& file) {
  const auto read_format = [&] {
    try {
      return file.read_attribute("format");
    } catch (const DataError& error) {
      throw DataError(message(error.what(), "; is it a policy file?"));
    }
  };
  const std::string format = read_format();
  if (format != policy_format)
    file.fail("format", message("expected \"", policy_format, "\", found \"", format, "\"; is it a policy file?"));
  const std::string version = file.read_attribute("version");
  int number = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
  if (error != std::errc() || end != version.data() + version.size() || number < 1)
    file.fail("version", message("expected a whole number, found \"", version, "\""));
  if (number > policy_version)
    file.fail("version", message("expected at most ", policy_version, ", found ", number,
                                 ": the file is of a newer version of the library; update holdfast"));
}

inline PolicyRecord read_policy_record(const hdf5::Reader& file) {
  const auto column = [&](const std::string& name) -> Vector<double> {
    return file.read_row<double>(name).matrix().transpose();
  };
  PolicyRecord record;
  record.type = file.read_text("type");
  record.sizes = {file.read_number<Index>("observation_size"), file.read_number<Index>("action_size")};
  record.config = read_fields(file, "config/");
  record.parameters = column("parameters");
  if (file.contains("best_of"))
    record.best_of = {.samples = file.read_number<Index>("best_of/samples"),
                      .seed = file.read_number<std::uint64_t>("best_of/seed"),
                      .config = read_fields(file, "best_of/config/"),
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

template <class Scalar>
PolicyProof<Scalar> read_proof(const hdf5::Reader& file, const PolicyRecord& record) {
  const auto matrix = [&](const char* name, Index features, Index rows) {
    Matrix<Scalar> read = file.read_matrix<Scalar>(name);
    if (read.rows() != features || read.cols() != rows || rows < 1)
      file.fail(name, message("expected ", rows, "×", features, ", found ", read.cols(), "×", read.rows()));
    if (!read.allFinite()) file.fail(name, "expected finite numbers, found one that is not");
    return read;
  };
  PolicyProof<Scalar> proof;
  const Index rows = file.read_matrix<Scalar>("proof/observations").cols();
  proof.observations = matrix("proof/observations", record.sizes.observation, rows);
  proof.actions = matrix("proof/actions", record.sizes.action, rows);
  proof.draws = matrix("proof/draws", record.sizes.action, rows);
  if (!record.best_of) return proof;
  proof.values = file.read_row<Scalar>("proof/values");
  if (proof.values.size() != rows)
    file.fail("proof/values", message("expected ", rows, " numbers, found ", proof.values.size()));
  return proof;
}

}  // namespace detail

/// Writes a policy, with `metadata` as text. A file already there is replaced when the new one is complete, never
/// before. Throws DataError where the file cannot be written or the policy's numbers are not finite, ConfigError where
/// the policy cannot be recorded.
template <class Policy>
void write_policy(const std::string& path, const DeployedPolicy<Policy>& policy,
                  const std::map<std::string, std::string>& metadata = {}) {
  using Scalar = typename Policy::Scalar;
  const PolicyRecord record = record_of(policy.policy());
  const Normalization<Scalar>& normalization = policy.normalization();
  const auto require_finite = [&](bool holds, const char* name) {
    if (!holds) throw DataError(message(path, ": ", name, ": expected finite numbers, found one that is not"));
  };
  require_finite(record.parameters.allFinite(), "parameters");
  require_finite(!record.best_of || record.best_of->parameters.allFinite(), "best_of/parameters");
  require_finite(normalization.mean.allFinite() && normalization.scale.allFinite(), "normalization");
  const auto proof = detail::prove<Scalar>({make_policy<Scalar>(record), normalization}, record,
                                           detail::proof_observations(normalization));
  require_finite(proof.actions.allFinite() && proof.draws.allFinite(), "proof/actions");
  require_finite(proof.values.allFinite(), "proof/values");

  hdf5::Writer file(path);
  file.write_attribute("format", detail::policy_format);
  file.write_attribute("version", std::to_string(detail::policy_version));
  file.write_text("type", record.type);
  file.write_number("observation_size", record.sizes.observation);
  file.write_number("action_size", record.sizes.action);
  detail::write_fields(file, "config/", record.config);
  file.write("parameters", record.parameters.template cast<Scalar>());
  file.write("normalization/mean", normalization.mean);
  file.write("normalization/scale", normalization.scale);
  if (record.best_of) {
    file.write_number("best_of/samples", record.best_of->samples);
    file.write_number("best_of/seed", record.best_of->seed);
    detail::write_fields(file, "best_of/config/", record.best_of->config);
    file.write("best_of/parameters", record.best_of->parameters.template cast<Scalar>());
    file.write("proof/values", proof.values);
  }
  file.write("proof/observations", proof.observations);
  file.write("proof/actions", proof.actions);
  file.write("proof/draws", proof.draws);
  for (const auto& [key, text] : metadata) file.write_text("metadata/" + key, text);
  file.commit();
}

/// The policy of a file, in the given precision, after it has proved itself. Throws DataError, one line naming the
/// file, the dataset, what was expected and what was found.
template <class Scalar = float>
[[nodiscard]] DeployedPolicy<AnyPolicy<Scalar>> read_policy(const std::string& path) {
  const hdf5::Reader file(path);
  detail::check_policy_format(file);
  const PolicyRecord record = detail::read_policy_record(file);
  const auto make = [&] {
    try {
      return make_policy<Scalar>(record);
    } catch (const Error& error) {
      throw DataError(path + ": " + error.what());
    } catch (const std::bad_alloc&) {
      throw DataError(path + ": the policy does not fit into memory");
    }
  };
  auto made = make();  // first: what else is in the file is measured by it
  DeployedPolicy<AnyPolicy<Scalar>> policy(std::move(made),
                                           detail::read_normalization<Scalar>(file, record.sizes.observation));
  const auto stored = detail::read_proof<Scalar>(file, record);
  detail::check_proof(file, detail::prove<Scalar>(policy, record, stored.observations), stored);
  return policy;
}

/// The metadata of a policy file. Throws DataError.
[[nodiscard]] inline std::map<std::string, std::string> read_policy_metadata(const std::string& path) {
  const hdf5::Reader file(path);
  detail::check_policy_format(file);
  std::map<std::string, std::string> metadata;
  for (auto& [key, text] : detail::read_fields(file, "metadata/")) metadata.emplace(key, std::move(text));
  return metadata;
}

}  // namespace holdfast
