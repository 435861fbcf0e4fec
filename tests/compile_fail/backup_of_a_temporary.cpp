// expect: holdfast::backup: an argument is a temporary Row or Ref
#include "holdfast/bellman/backup.hpp"
#include "holdfast/core/types.hpp"

holdfast::Row<float> value();

holdfast::Row<float> target(const holdfast::Row<float>& reward, const holdfast::Row<float>& continuation) {
#ifdef HOLDFAST_CONTROL
  const holdfast::Row<float> next_value = value();
  return holdfast::backup(reward, continuation, next_value);
#else
  return holdfast::backup(reward, continuation, value());
#endif
}
