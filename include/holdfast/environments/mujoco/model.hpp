/// \file
/// Makes a MuJoCo model of a text in MJCF, without a file. Needs MuJoCo.
#pragma once

#include <mujoco/mujoco.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"
#include "holdfast/environments/mujoco/guard.hpp"

namespace holdfast::detail {

/// Adds a text as a file that exists in memory only. MuJoCo 3 has a function for it; in MuJoCo 2 one fills a buffer.
template <class Files>
void add_text(Files& files, const char* name, std::string_view text) {
  const auto size = static_cast<int>(text.size());
  if constexpr (requires { mj_addBufferVFS(&files, name, text.data(), size); }) {
    mj_addBufferVFS(&files, name, text.data(), size);
  } else {
    mj_makeEmptyFileVFS(&files, name, size);
    std::copy(text.begin(), text.end(), static_cast<char*>(files.filedata[mj_findFileVFS(&files, name)]));
  }
}

/// Returns the model of a text in MJCF. `name` is for messages. Throws ConfigError if MuJoCo refuses the text, or is
/// not of the version that this was compiled for. Safe to call from several threads.
[[nodiscard]] inline std::shared_ptr<const mjModel> mujoco_model(std::string_view name, std::string_view text) {
  if (mj_version() != mjVERSION_HEADER)
    throw ConfigError(message(name, ": compiled for MuJoCo ", mjVERSION_HEADER, ", but the library that was loaded is ",
                              mj_version()));
  static std::mutex one_at_a_time;  // while MuJoCo 2 compiles a model, the handlers of the process are its own
  const std::lock_guard lock(one_at_a_time);
  const auto files = std::make_unique<mjVFS>();  // two megabytes in MuJoCo 2
  std::array<char, 512> refused{};
  mjModel* made = nullptr;
  const std::string error = guarded_mujoco([&] {
    mj_defaultVFS(files.get());
    add_text(*files, "model.xml", text);
    made = mj_loadXML("model.xml", files.get(), refused.data(), static_cast<int>(refused.size()));
    mj_deleteVFS(files.get());
  });
  if (made == nullptr) throw ConfigError(message(name, ": MuJoCo: ", error.empty() ? refused.data() : error));
  return {made, [](mjModel* model) { mj_deleteModel(model); }};
}

}  // namespace holdfast::detail
