#pragma once

#include <filesystem>
#include <vector>

#include "experiments/run/command.hpp"

namespace fanin {

// `fanin report DIR...`
struct ReportOptions {
  std::vector<std::filesystem::path> folders;
  std::filesystem::path out;
};

void add_report_options(Command& command, ReportOptions& options);

// Summaries, figures and pages again, from the logs of results folders; several folders get a page
// together too. Throws UsageError for a folder that is none of a sweep. Returns the exit code.
int run_report(const ReportOptions& options);

}  // namespace fanin
