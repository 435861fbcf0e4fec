/// \file
/// The picture of the study: draws of each policy in the bandit.
#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "studies/multimodal/bandit.hpp"

namespace multimodal {

/// Returns the name of the file of a learner's draws.
inline std::string draws_file(std::string_view name) { return message("draws-", name, ".csv"); }

/// Returns the panels for which there are draws, by learner and title.
inline std::vector<std::pair<std::string, std::string>> panels(const std::filesystem::path& folder) {
  const std::vector<std::pair<std::string, std::string>> all = {{"data", "the data"},
                                                                {"gaussian", "Gaussian"},
                                                                {"vae", "VAE"},
                                                                {"diffusion_bc", "diffusion, 5 steps"},
                                                                {"diffusion_exact_5_steps", "5 steps, exact network"},
                                                                {"diffusion_bc_50_steps", "diffusion, 50 steps"},
                                                                {"flow_bc", "flow, 10 steps"},
                                                                {"iql", "IQL"},
                                                                {"gaussian_best_of", "best of 64, Gaussian"},
                                                                {"idql", "IDQL"},
                                                                {"idql_implicit", "IDQL, implicit weights"},
                                                                {"iql_diffusion", "IQL, weighted diffusion"},
                                                                {"diffusion_ql", "Diffusion-QL"},
                                                                {"fql", "FQL, alpha = 0.03"},
                                                                {"fql_alpha_10", "FQL, alpha = 10"}};
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& panel : all)
    if (std::filesystem::exists(folder / draws_file(panel.first))) found.push_back(panel);
  return found;
}

/// Returns the gnuplot script. Circles show the clusters, the best one in red.
inline std::string picture_script(const std::filesystem::path& folder) {
  std::ostringstream gp;
  gp << "set terminal pngcairo size 1500,900 font 'sans,11'\nset output 'multimodal.png'\nset datafile separator ','\n"
     << "set multiplot layout 3,5\nset size square\nset xrange [-1.05:1.05]\nset yrange [-1.05:1.05]\nset xtics 1\n"
     << "set ytics 1\n";
  for (const Bandit::Cluster& cluster : Bandit::clusters)
    gp << "set object circle at " << cluster.x << ',' << cluster.y << " size " << Bandit::radius
       << " fillstyle empty border linecolor rgb '" << (cluster.reward == Bandit::optimum ? "#d03030" : "#888888")
       << "'\n";
  for (const auto& [name, title] : panels(folder))
    gp << "set title '" << title << "'\nplot '" << draws_file(name)
       << "' every ::1 using 1:2 with points pointtype 7 pointsize 0.3 linecolor rgb '#2060a0' notitle\n";
  gp << "unset multiplot\n";
  return gp.str();
}

}  // namespace multimodal
