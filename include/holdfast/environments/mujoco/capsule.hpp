/// \file
/// Capsule: what the bodies of the robots look like from the side.
#pragma once

namespace holdfast {

/// A capsule seen from the side: all points within `radius` of the line from one end to the other, in meters. The floor
/// is at z = 0.
struct Capsule {
  double x0;
  double z0;
  double x1;
  double z1;
  double radius;
};

}  // namespace holdfast
