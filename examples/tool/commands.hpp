/// \file
/// The commands of the tool. Each adds itself to the program and runs if it is given; each has a file of its name.
#pragma once

#include <CLI/CLI.hpp>

namespace tool {

void add_collect(CLI::App& program);
void add_inspect(CLI::App& program);
void add_train(CLI::App& program);
void add_finetune(CLI::App& program);
void add_evaluate(CLI::App& program);
void add_ope(CLI::App& program);

}  // namespace tool
