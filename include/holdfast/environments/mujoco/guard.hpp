/// \file
/// Turns the errors of MuJoCo, which would end the process, into exceptions, and keeps its warnings out of files. Needs
/// MuJoCo.
#pragma once

#include <mujoco/mujoco.h>

#include <array>
#include <csetjmp>
#include <cstddef>
#include <string>
#include <string_view>

#include "holdfast/core/errors.hpp"

namespace holdfast::detail {

/// The call of MuJoCo that a thread is in: where an error jumps to.
struct MujocoCall {
  std::jmp_buf error{};
};

/// The call that this thread is in; null outside of `guarded_mujoco`.
inline thread_local MujocoCall* mujoco_call = nullptr;

/// The message of this thread's last error; outside of the call, so that a jump leaves it as it is.
inline thread_local std::array<char, 512> mujoco_message{};

/// Installs the handlers for the whole process when it is made, once. They serve only the calls of `guarded_mujoco`.
/// All others are handled as before: by the handlers that the program had installed, or by MuJoCo itself.
class MujocoHandlers {
 public:
  static void install() { static const MujocoHandlers installed; }

 private:
  using Handler = void (*)(const char*);

  MujocoHandlers() {
    error_of_others() = mju_user_error;
    warning_of_others() = mju_user_warning;
    mju_user_error = on_error;
    mju_user_warning = on_warning;
  }

  static Handler& error_of_others() {
    static Handler handler = nullptr;
    return handler;
  }
  static Handler& warning_of_others() {
    static Handler handler = nullptr;
    return handler;
  }

  /// Leaves the C code of MuJoCo by a jump, because exceptions cannot be relied on to pass through it. No destructor
  /// is skipped here.
  static void on_error(const char* text) {
    MujocoCall* const call = mujoco_call;
    if (call != nullptr) {
      std::size_t length = 0;
      for (; text[length] != '\0' && length + 1 < mujoco_message.size(); ++length)
        mujoco_message[length] = text[length];
      mujoco_message[length] = '\0';
      std::longjmp(call->error, 1);  // NOLINT(modernize-avoid-setjmp-longjmp)
    }
    if (error_of_others() != nullptr) return error_of_others()(text);
    mju_user_error = nullptr;  // MuJoCo itself then ends the process, as it does without this library
    mju_error_s("%s", text);
  }

  /// Does nothing in guarded calls: their callers read the counts of warnings.
  static void on_warning(const char* text) {
    if (mujoco_call != nullptr) return;
    if (warning_of_others() != nullptr) return warning_of_others()(text);
    mju_user_warning = nullptr;
    mju_warning_s("%s", text);
    mju_user_warning = on_warning;
  }
};

/// Runs `call()`, which calls functions of MuJoCo and must own nothing that a destructor frees: an error leaves it by a
/// jump. Returns an empty text, or the message of the error.
template <class Call>
[[nodiscard]] std::string guarded_mujoco(const Call& call) {
  MujocoHandlers::install();
  MujocoCall now;
  MujocoCall* const outer = mujoco_call;
  mujoco_call = &now;
  mujoco_message.front() = '\0';
  if (setjmp(now.error) == 0) {
    try {
      call();
    } catch (...) {  // MuJoCo's compiler of models is C++
      mujoco_call = outer;
      throw;
    }
  }
  mujoco_call = outer;
  return mujoco_message.data();
}

/// Runs `call()` like `guarded_mujoco`. Throws DataError with the message if there was an error.
template <class Call>
void call_mujoco(std::string_view name, const Call& call) {
  if (const std::string error = guarded_mujoco(call); !error.empty())
    throw DataError(message(name, ": MuJoCo: ", error));
}

}  // namespace holdfast::detail
