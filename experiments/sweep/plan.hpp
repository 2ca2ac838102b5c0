// What is to be done for a sweep, before anything is written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiments/record/standing.hpp"
#include "experiments/report/results.hpp"
#include "experiments/specs/spec.hpp"

namespace fanin {

// The I-th of N parts of some runs, counted from 1.
struct Shard {
  std::size_t number = 1, of = 1;
};

// Reads "I/N". Throws UsageError unless 1 <= I <= N.
Shard parse_shard(const std::string& text);

// What a sweep prints while it runs: lines and tables for people, only failures and tables, or a
// JSON object on stdout for each run that ends.
enum class Output { text, quiet, json };

struct SweepOptions {
  std::filesystem::path out = "results";
  std::size_t jobs = 0;  // runs at a time; 0: one per core that this process may use
  Shard shard;
  bool fresh = false;  // first remove what earlier sweeps left of these runs
  bool print_tables = true;
  Output output = Output::text;
};

// A run to be done.
struct Job {
  const Run* run;
  std::string label;  // the run's name, with its sweep's before it if there are several sweeps
  RunFiles files;     // in the folder of its sweep
  Expected expected;  // what its log must state; without the data until they are read
  double cost = 0;    // predicted_cost()
};

Job make_job(const Sweep& sweep, const Run& run, const std::filesystem::path& folder,
             bool several = false);

// The run's options, with the files that it is to write.
TrainOptions options_with_files(const Job& job);

// Why a job cannot be done if another run's log is in its place: "DIR holds runs of ...".
std::string refusal(const Job& job, const Standing& another);

// Why the log of a run does not count; "" if it counts, or if the run has no log.
std::string fault_of(const Run& run, const std::filesystem::path& folder);

// The logs in a sweep's folder. A warning says how many belong to no run of the sweep, and what
// happens to them.
Logs find_logs(const Sweep& sweep, const std::filesystem::path& folder, const std::string& fate);

// What this shard has to do for a sweep.
struct Plan {
  const Sweep* sweep;
  std::filesystem::path folder;
  bool runs_of_others;          // the folder has, or will have, runs of other shards or sweeps
  Records records;              // what the logs have said so far
  std::vector<Job> jobs = {};   // the unfinished runs
  std::size_t runs = 0;         // finished and unfinished
  std::string model_text = {};  // the text of all model files
  std::string manifest = {};    // empty if there is nothing to do: the old manifest stays
};

// Throws UsageError if two sweeps have one name, if a network does not fit its data, and if a
// folder holds results of other settings, of another model or on other data, which --fresh would
// replace. Throws Error if data cannot be read.
std::vector<Plan> make_plans(const std::vector<Sweep>& sweeps, const SweepOptions& options);

// Removes what earlier sweeps left of these runs, and nothing else. Throws Error, and removes
// nothing, if another process is training one of them.
void remove_old(const std::vector<Plan>& plans);

// How the model files differ from those of the folder's runs, which model.txt keeps; "" if they do
// not differ or do not exist here.
std::string other_model(const Sweep& sweep, const std::filesystem::path& folder);

// Which of N shards each run of these sweeps goes to. The order of the sweeps does not matter.
std::map<const Run*, std::size_t> shards_of(const std::vector<Sweep>& sweeps, std::size_t shards);

}  // namespace fanin
