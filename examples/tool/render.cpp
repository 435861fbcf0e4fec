#include "tool/render.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <system_error>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/whole_file.hpp"
#include "support/environments.hpp"
#include "support/files.hpp"
#include "support/gnuplot.hpp"

namespace tool {

using namespace holdfast;  // NOLINT(google-build-using-namespace): one file of a program

namespace {

/// The part of the world that a frame shows: so many meters left and right of the first body, above and below the
/// floor.
constexpr double half_width = 1.6;
constexpr double above = 1.7;
constexpr double below = 0.3;

constexpr std::array<const char*, 4> colors{"#4c72b0", "#dd8452", "#55a868", "#8172b3"};

/// The moments of an episode that a picture shows.
struct Frames {
  std::vector<std::size_t> steps;  ///< in order
  int delay = 0;                   ///< hundredths of a second between them in an animation; 0: they stand side by side
};

/// A folder of its own for the files of gnuplot, which is removed with its object.
class ScratchFolder {
 public:
  ScratchFolder() : path_((std::filesystem::temp_directory_path() / "holdfast_render_XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw DataError(path_ + ": the folder cannot be made");
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + '/' + name; }

 private:
  std::string path_;
};

bool animated(const std::string& file) { return file.ends_with(".gif"); }

void append(std::string& text, const char* format, double first, double second) {
  char line[64];
  std::snprintf(line, sizeof line, format, first, second);
  text += line;
}

/// Appends the outline of a capsule: two half circles, each with its straight side to the other.
void append_outline(std::string& text, const Capsule& capsule) {
  constexpr int parts = 8;
  const double direction = std::atan2(capsule.z1 - capsule.z0, capsule.x1 - capsule.x0);
  for (int half = 0; half < 2; ++half)
    for (int i = 0; i <= parts; ++i) {
      const double angle = direction + std::numbers::pi * (half - 0.5 + static_cast<double>(i) / parts);
      append(text, "%.4f %.4f\n", (half == 0 ? capsule.x1 : capsule.x0) + capsule.radius * std::cos(angle),
             (half == 0 ? capsule.z1 : capsule.z0) + capsule.radius * std::sin(angle));
    }
  text += "\n";
}

/// Appends the plot of one moment.
void append_frame(std::string& text, const program::SideView& view, const Vector<double>& state, std::size_t step) {
  const std::vector<Capsule> capsules = view.capsules(state);
  const double center = (capsules.front().x0 + capsules.front().x1) / 2;
  append(text, "set xrange [%.4f:%.4f]\n", center - half_width, center + half_width);
  text += message("set title \"step ", step, ", ");
  append(text, "%.1f s, x = %.1f m\"\n", static_cast<double>(step) * view.time_step,
         std::round(10 * center) / 10 + 0.0);  // + 0: no "-0.0"
  std::string plot;
  for (std::size_t i = 0; i < capsules.size(); ++i) {
    text += message("$body", i, " << end\n");
    append_outline(text, capsules[i]);
    text += "end\n";
    plot += message(i == 0 ? "plot " : ", ", "$body", i, " with filledcurves closed fc rgb \"",
                    colors[i % colors.size()], "\" notitle");
  }
  text += plot + "\n";
}

/// Returns ten moments spread over an episode of so many states, the first and the last among them; fewer if it is
/// shorter.
Frames moments(std::size_t states) {
  const std::size_t count = std::min<std::size_t>(10, states);
  Frames frames;
  for (std::size_t i = 0; i < count; ++i) frames.steps.push_back(count == 1 ? 0 : i * (states - 1) / (count - 1));
  return frames;
}

/// Returns the moments of the first ten seconds of an episode, at most 25 for each second.
Frames moving(std::size_t states, double time_step) {
  const auto stride = static_cast<std::size_t>(std::max(1.0, std::round(0.04 / time_step)));
  const double seconds = static_cast<double>(stride) * time_step;
  Frames frames{.steps = {}, .delay = std::max(2, static_cast<int>(std::lround(100 * seconds)))};
  for (std::size_t step = 0; step < states && static_cast<double>(step) * time_step <= 10; step += stride)
    frames.steps.push_back(step);
  return frames;
}

/// Returns a gnuplot script that draws those moments to `file`. The camera follows the first body.
std::string render_script(const program::SideView& view, const std::vector<Vector<double>>& states,
                          const Frames& frames, std::string_view file) {
  const bool strip = frames.delay == 0;
  std::string text = strip ? "set terminal pngcairo size 1600,560 font \",10\"\n"
                           : message("set terminal gif animate delay ", frames.delay, " loop 0 size 640,440\n");
  text += message("set output \"", file, "\"\n");
  append(text, "set yrange [%.2f:%.2f]\n", -below, above);
  text +=
      "set size ratio -1\nset xtics 1\nset ytics 1\nset style fill solid 1\n"
      "set object 1 rectangle from graph 0, first -10 to graph 1, first 0 behind fc rgb \"#d9d2c5\" fs noborder\n";
  if (strip) text += "set multiplot layout 2,5\n";
  for (const std::size_t step : frames.steps) append_frame(text, view, states[step], step);
  if (strip) text += "unset multiplot\n";
  return text + "unset output\n";
}

/// Returns the error that gnuplot wrote, as one line.
std::string complaint(const std::string& file) {
  std::ifstream stream(file);
  std::string text;
  for (std::string line; std::getline(stream, line);)
    if (line.find_first_not_of(" ^") != std::string::npos) text += (text.empty() ? "" : "; ") + line;
  return text.empty() ? "it wrote no picture" : text;
}

}  // namespace

void check_render(const std::string& file, std::string_view environment) {
  if (!file.ends_with(".png") && !animated(file))
    throw ConfigError("--render: expected a file whose name ends in .png or .gif, found " + file);
  if (!program::side_view(environment))
    throw ConfigError(message("--render: ", environment,
                              " cannot be drawn; half_cheetah, hopper and walker2d can, in a build with MuJoCo"));
  if (!program::has_gnuplot())
    throw ConfigError("--render: gnuplot, which draws, is not installed (Debian: gnuplot-nox)");
  program::check_writable(file);
}

void render(const std::string& file, std::string_view environment, const std::vector<Vector<double>>& states) {
  const program::SideView view = program::side_view(environment).value();
  const Frames frames = animated(file) ? moving(states.size(), view.time_step) : moments(states.size());
  const ScratchFolder folder;
  write_whole_file(folder / "render.gp", render_script(view, states, frames, "picture"));
  const bool drawn = program::run_gnuplot(folder / "", "render.gp", " >/dev/null 2>errors");
  if (!drawn || !std::filesystem::exists(folder / "picture"))
    throw DataError(file + ": gnuplot failed: " + complaint(folder / "errors"));
  std::ifstream picture = program::open_to_read(folder / "picture", "a picture");
  write_whole_file(file, program::read_rest(folder / "picture", picture));
}

}  // namespace tool
