/// \file
/// Two campaigns of the Open Bandit Dataset: their items, and the priors of Thompson sampling.
///
/// The priors are those that the dataset's authors published with it (Saito, Aihara, Matsutani and Narita, "Open Bandit
/// Dataset and Pipeline: towards realistic and reproducible off-policy evaluation", NeurIPS 2021 Datasets and
/// Benchmarks).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "holdfast/core/errors.hpp"
#include "holdfast/core/nearest.hpp"
#include "studies/open_bandit/thompson.hpp"

namespace bandit {

/// The number of places for an item: left, center, right. A recommendation is one item in one of them.
inline constexpr Index positions = 3;

/// The parameters of the beta distributions, one for each item.
inline constexpr std::array<double, 34> men_alpha = {47, 8,   62, 142, 3, 6,  100, 48, 23, 71, 61, 13,
                                                     16, 518, 30, 7,   4, 23, 8,   10, 11, 11, 18, 121,
                                                     11, 4,   32, 30,  9, 22, 6,   23, 5,  54};
inline constexpr std::array<double, 34> men_beta = {
    12198, 3566, 15993, 35522, 2367, 3100, 24665, 13210, 7061, 18061, 17449, 5644, 6787, 111326, 8776, 3334, 2271,
    7389,  2659, 3665,  4724,  3561, 5085, 27407, 4601,  2923, 8897,  8654,  4000, 6580, 3174,   6766, 2602, 14506};
inline constexpr std::array<double, 46> women_alpha = {
    12, 7,  984, 13,  15, 15, 11, 14, 9, 200, 72, 3,  14, 49,  1278, 3,   325, 14, 27, 14, 169, 48, 47,
    18, 40, 12,  447, 46, 5,  3,  5,  7, 35,  34, 99, 30, 880, 51,   182, 6,   45, 39, 10, 24,  72, 229};
inline constexpr std::array<double, 46> women_beta = {
    3612,  3173, 204484, 4517, 4765,   5331,  4131,  4728, 4028,  44280, 17918, 2309,  4339,  12922, 270771, 2480,
    68475, 5129, 7367,   5819, 38026,  13047, 11604, 5394, 10912, 4439,  94485, 10700, 2679,  2319,  2578,   3288,
    9566,  9775, 20120,  7317, 172026, 13673, 37329, 3365, 10911, 10734, 4278,  7574,  16826, 47462};

/// The names of the campaigns.
inline constexpr std::array<std::string_view, 2> campaigns = {"men", "women"};

/// Returns the prior of the click rate of each item of a campaign, before any of the log. Throws ConfigError if there
/// is no such campaign.
[[nodiscard]] inline std::vector<BetaPrior> priors(std::string_view campaign) {
  const auto zip = [](const auto& alpha, const auto& beta) {
    std::vector<BetaPrior> all;
    for (std::size_t i = 0; i < alpha.size(); ++i) all.push_back({alpha[i], beta[i]});
    return all;
  };
  if (campaign == "men") return zip(men_alpha, men_beta);
  if (campaign == "women") return zip(women_alpha, women_beta);
  throw ConfigError("campaign " + must_be_one_of(campaigns, campaign));
}

}  // namespace bandit
