/// \file
/// Reads inputs as files of comma-separated numbers.

#include "fuzz.hpp"
#include "studies/support/csv_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::run_on_file(bytes, size, [](const std::string& path) {
    program::CsvReader reader(path, {"step", "value"});
    while (reader.next()) {
      static_cast<void>(reader.whole(0, 0, 1000));
      if (!(reader.number(1, holdfast::at_least(0)) >= 0)) std::abort();
    }
  });
}
