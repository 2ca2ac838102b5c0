#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiments/specs/spec.hpp"

namespace fanin {

// A run to be done.
struct Job {
  const Run* run;
  std::filesystem::path folder;  // of its sweep
  std::string label;
  bool keep_weights;  // saves what it trained beside its log
};

// What a sweep says while it runs: lines and tables for people, nothing but its failures and its
// tables, or a JSON object a line on stdout for each run that ends.
enum class Output { text, quiet, json };

void print_json(const nlohmann::json& line);

struct PoolResult {
  std::size_t done, failed;
  bool stopped;  // by a signal, before all jobs had ended
};

// Works through the jobs, `most` processes `fanin train ...` at a time, and tells how it goes. A
// job that fails does not keep the others. `meanwhile` is called again and again while they run.
PoolResult run_jobs(const std::vector<Job>& jobs, std::size_t most, Output output,
                    const std::function<void()>& meanwhile);

}  // namespace fanin
