#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "experiments/run/run_log.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

// A run to be done.
struct Job {
  const Run* run;
  std::filesystem::path folder;  // of its sweep
  std::string label;
  bool keep_weights;       // saves what it trained beside its log
  std::string model = {};  // the SHA-256 of its model's file, as planned; "": a model that ships
  std::string data = {};   // the SHA-256 that its log must state; "": any
  double cost = 0;         // predicted_cost()
};

// The run's options with the files that it is to write.
TrainOptions options_with_files(const Job& job);

// The job's log, where that has come to its end and is of just this run, its model and its data,
// and, where it was to keep them, the weights are there; else nothing.
std::optional<RunRecord> finished(const Job& job);
bool is_finished(const Job& job, const std::optional<RunRecord>& record);  // of the job's log

// What there is under the job's name that is not of its settings or its model: a finished log, or
// one that grows or that a checkpoint goes on from; "" where there is nothing of the kind.
std::string run_of_other_settings(const Job& job);

// What a sweep says while it runs: lines and tables for people, nothing but its failures and its
// tables, or a JSON object a line on stdout for each run that ends.
enum class Output { text, quiet, json };

void print_json(const nlohmann::json& line);

// A run that was not done, and why not.
struct Missing {
  std::string run, why;
};

struct PoolResult {
  std::size_t done = 0;
  std::vector<Missing> failed, held;  // held: by another process, which is doing them
  bool stopped = false;               // by a signal, before all jobs had ended
};

// Works through the jobs, `most` processes `fanin train ...` at a time, and tells how it goes. A
// job that fails does not keep the others, and one that another process is at comes last. SIGINT or
// SIGTERM has the runs finish their step and save it; one more a second later, or half a minute,
// kills them. `meanwhile` is called again and again while they run.
PoolResult run_jobs(const std::vector<Job>& jobs, std::size_t most, Output output,
                    const std::function<void()>& meanwhile);

}  // namespace fanin
