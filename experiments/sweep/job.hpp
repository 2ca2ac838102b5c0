#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "experiments/record/run_log.hpp"
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

// What became of the model's file since the sweep began; "": nothing. Throws Error where it cannot
// be read.
std::string change_of_model(const Job& job);

// Renames what is in the place of the job's log or weights and is none, to .damaged: it was one
// before the power failed.
void set_damaged_aside(const Job& job);

// Renames the job's log, so that the next sweep repeats the run.
void set_aside(const Job& job, const std::string& suffix);

}  // namespace fanin
