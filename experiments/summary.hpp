#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/run_log.hpp"
#include "experiments/spec.hpp"

namespace fanin {

constexpr double trained_accuracy = 0.90;  // from here on a run counts as trained
constexpr double chance_accuracy = 0.15;   // below, it never left chance (0.1 for ten classes)

enum class Outcome { trained, slow, at_chance, diverged, failed };

Outcome outcome(const RunRecord& record);  // of a run that has ended

// The first evaluated step with trained_accuracy, or nothing.
std::optional<std::size_t> steps_to_trained(const RunRecord& record);

// What the logs of a sweep say, run by run in the sweep's order; nothing where none has ended.
using Records = std::vector<std::optional<RunRecord>>;

std::string summary_csv(const Sweep& sweep, const Records& records);
std::string timings_csv(const Sweep& sweep, const Records& records);

// The table that people read: per panel, a line per init over its seeds.
std::string summary_table(const Sweep& sweep, const Records& records);

// The log of a run in the results folder, if it has ended and is of just this run.
std::optional<RunRecord> find_record(const Run& run, const std::filesystem::path& folder);
std::filesystem::path log_path(const Run& run, const std::filesystem::path& folder);

// Writes summary.csv, timings.csv and the figure into the folder, prints the table on stdout.
void summarise(const Sweep& sweep, const std::filesystem::path& folder);

}  // namespace fanin
