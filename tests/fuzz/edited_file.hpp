/// \file
/// Makes sound files of every kind, by the library's own writers, and edits them as an input says: removes datasets and
/// attributes, and replaces them by those of other types, shapes and values. HDF5 finds the results sound, so that it
/// is the library that must see what is wrong.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "holdfast/policies/categorical.hpp"
#include "holdfast/policies/tanh_gaussian.hpp"
#include "readers.hpp"

namespace fuzz {

/// The bytes of a sound file, the names of what is in it, and the readers that take it.
struct SoundFile {
  std::vector<char> image;
  std::vector<std::string> names;
  std::vector<std::string> readers;
};

/// Sound files, at least one for each reader.
class SoundFiles {
 public:
  SoundFiles() {
    char folder[] = "/tmp/holdfast_fuzz_XXXXXX";
    if (mkdtemp(folder) == nullptr) std::abort();
    const std::filesystem::path at = folder;
    write_datasets(at);
    write_policies(at);
    holdfast::write_checkpoint(
        at / "checkpoint.h5",
        {.about = {{"algorithm", "bc"}},
         .parts = {{"learner",
                    {holdfast::state_entry("network.weights", holdfast::Matrix<float>(2, 3).setOnes()),
                     holdfast::state_entry("step", holdfast::Vector<std::int64_t>(1).setOnes())}}}});
    for (const auto& entry : std::filesystem::directory_iterator(at)) add(entry.path());
    std::filesystem::remove_all(at);
    std::ranges::sort(all_, {}, &SoundFile::image);
  }

  [[nodiscard]] const std::vector<SoundFile>& all() const { return all_; }

  /// Writes every file, for each of its readers, into the folder of that reader's name below `folder`.
  void write(const std::filesystem::path& folder) const {
    for (std::size_t i = 0; i < all_.size(); ++i)
      for (const std::string& reader : all_[i].readers) {
        std::filesystem::create_directories(folder / reader);
        std::ofstream stream(folder / reader / message("sound_", i, ".h5"), std::ios::binary);
        stream.write(all_[i].image.data(), static_cast<std::streamsize>(all_[i].image.size()));
      }
  }

 private:
  template <class Actions, class Observations>
  static void write_dataset(const std::filesystem::path& file, const Observations& observations,
                            const Actions& actions) {
    holdfast::Transitions<float, Actions, Observations> data;
    data.observations = data.next_observations = observations;
    data.actions = actions;
    if constexpr (holdfast::FiniteActions<Actions>) data.action_count = 2;
    data.rewards = holdfast::Row<float>::Ones(observations.cols());
    data.terminals = data.timeouts = holdfast::Flags::Zero(observations.cols());
    data.action_log_probs = data.rewards * -1;
    holdfast::write_d4rl(file.string(), data, {{"environment", "pendulum"}});
  }

  static void write_datasets(const std::filesystem::path& at) {
    const holdfast::Matrix<float> dense = holdfast::Matrix<float>::Identity(3, 3);
    const holdfast::ActionIndices finite = holdfast::ActionIndices::Zero(3);
    write_dataset<holdfast::Matrix<float>>(at / "continuous.hdf5", dense, holdfast::Matrix<float>::Zero(2, 3));
    write_dataset(at / "finite.hdf5", dense, finite);
    write_dataset(at / "sparse.hdf5", holdfast::SparseMatrix<float>(dense.sparseView()), finite);
  }

  static void write_policies(const std::filesystem::path& at) {
    using holdfast::DeployedPolicy;
    const holdfast::Sizes sizes{2, 2};
    const auto none = holdfast::Normalization<float>::identity(2);
    holdfast::Generator generator(1);
    holdfast::TanhGaussianConfig continuous;
    continuous.network.hidden = {1};
    holdfast::write_policy(at / "continuous.h5",
                           DeployedPolicy(holdfast::TanhGaussian<float>(continuous, sizes, generator), none));
    holdfast::MlpCategorical<>::Config finite;
    finite.network.hidden = {1};
    holdfast::write_policy(at / "finite.h5",
                           DeployedPolicy(holdfast::MlpCategorical<>(finite, sizes, generator), none));
  }

  void add(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    SoundFile file{.image = {std::istreambuf_iterator<char>(stream), {}},
                   .names = holdfast::hdf5::Reader(path.string()).names(),
                   .readers = {}};
    for (const Reader& reader : readers) {
      try {
        reader.read(path);
        file.readers.emplace_back(reader.name);
      } catch (const holdfast::Error&) {  // for another one
      }
    }
    if (file.readers.empty()) std::abort();
    for (const char* more : {"metadata/action_count", "metadata/state_count", "best_of/samples", "best_of/parameters",
                             "config/network.hidden", "observations/shape", "state/learner/new", "about"})
      file.names.emplace_back(more);
    all_.push_back(std::move(file));
  }

  std::vector<SoundFile> all_;
};

/// Edits a file that is open in memory.
class Editor {
 public:
  Editor(hid_t file, const std::vector<std::string>& names, FuzzedDataProvider& input)
      : file_(file), names_(names), input_(input) {}

  void edit() {
    switch (input_.ConsumeIntegralInRange(0, 5)) {
      case 0: return remove(name());
      case 1: return replace_by_text(name());
      case 2: return write_attribute(input_.ConsumeBool() ? "format" : "version");
      default: return replace_by_numbers(name());
    }
  }

 private:
  [[nodiscard]] std::string name() { return names_[input_.ConsumeIntegralInRange<std::size_t>(0, names_.size() - 1)]; }

  void remove(const std::string& name) { H5Ldelete(file_, name.c_str(), H5P_DEFAULT); }

  void create(const std::string& name, hid_t type, hid_t space, const void* data) {
    remove(name);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t dataset = H5Dcreate2(file_, name.c_str(), type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    if (dataset >= 0) {
      H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
      H5Dclose(dataset);
    }
    H5Pclose(links);
  }

  [[nodiscard]] hid_t text_type(std::size_t size) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, std::max<std::size_t>(1, size));
    return type;
  }

  void replace_by_text(const std::string& name) {
    const std::string text = input_.ConsumeRandomLengthString(64);
    const hid_t type = text_type(text.size());
    const hid_t space = H5Screate(H5S_SCALAR);
    create(name, type, space, text.c_str());
    H5Sclose(space);
    H5Tclose(type);
  }

  void write_attribute(const char* name) {
    const std::string text = input_.ConsumeRandomLengthString(24);
    const hid_t type = text_type(text.size());
    const hid_t space = H5Screate(H5S_SCALAR);
    H5Adelete(file_, name);
    const hid_t attribute = H5Acreate2(file_, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, text.c_str());
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
  }

  void replace_by_numbers(const std::string& name) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinite = std::numeric_limits<double>::infinity();
    constexpr std::array<double, 14> special = {0, 1, -1, 2, 3, 0.5, 255, 256, 2e9, 3e9, nan, 1e19, 1e300, infinite};
    const std::array<hid_t, 10> types = {H5T_NATIVE_FLOAT, H5T_NATIVE_DOUBLE, H5T_NATIVE_INT8,  H5T_NATIVE_UINT8,
                                         H5T_NATIVE_INT16, H5T_NATIVE_INT32,  H5T_NATIVE_INT64, H5T_NATIVE_UINT64,
                                         H5T_STD_I64BE,    H5T_IEEE_F32BE};
    const hid_t type = input_.PickValueInArray(types);
    std::vector<hsize_t> shape(input_.ConsumeIntegralInRange<std::size_t>(0, 3));
    std::size_t count = 1;
    for (hsize_t& extent : shape) count *= extent = input_.ConsumeIntegralInRange<hsize_t>(0, 5);
    std::vector<double> numbers(count);
    for (double& number : numbers)
      number = input_.ConsumeBool() ? input_.PickValueInArray(special) : input_.ConsumeIntegral<signed char>();
    numbers.resize(std::max<std::size_t>(1, count));
    H5Tconvert(H5T_NATIVE_DOUBLE, type, count, numbers.data(), nullptr, H5P_DEFAULT);
    const hid_t space =
        shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    create(name, type, space, numbers.data());
    H5Sclose(space);
  }

  hid_t file_;
  const std::vector<std::string>& names_;
  FuzzedDataProvider& input_;
};

/// Edits one of the files as the input says and reads it by all readers.
inline void run_on_edited(const SoundFiles& sound, const std::uint8_t* bytes, std::size_t size) {
  const holdfast::hdf5::QuietErrors quiet;
  FuzzedDataProvider input(bytes, size);
  const SoundFile& origin = sound.all()[input.ConsumeIntegralInRange<std::size_t>(0, sound.all().size() - 1)];
  const hid_t memory = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(memory, 1U << 16U, false);
  H5Pset_file_image(memory, const_cast<char*>(origin.image.data()), origin.image.size());
  const hid_t file = H5Fopen("edited", H5F_ACC_RDWR, memory);
  H5Pclose(memory);
  if (file < 0) std::abort();
  Editor editor(file, origin.names, input);
  while (input.remaining_bytes() > 0) editor.edit();
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  std::vector<std::uint8_t> image(static_cast<std::size_t>(std::max<ssize_t>(0, H5Fget_file_image(file, nullptr, 0))));
  H5Fget_file_image(file, image.data(), image.size());
  H5Fclose(file);
  for (const Reader& reader : readers) run_on_file(image.data(), image.size(), reader.read, false);
}

}  // namespace fuzz
