// What a log says: its events, each a JSON object on a line of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiments/look/layer_signal.hpp"
#include "experiments/look/signals.hpp"
#include "framework/core/error.hpp"

namespace fanin {

struct RunStart {
  std::string command;  // train_command()
  std::size_t total_steps = 0, parameters = 0;
  std::string data, version;  // SHA-256 of the data's files; version_line()
  std::size_t classes = 10;   // of the labels
  std::string model = {};     // SHA-256 of the model's file; "": a named model
};

struct StepLoss {
  std::size_t step = 0, epoch = 0;
  double loss = 0;
};

struct Evaluation {
  std::size_t epoch = 0, step = 0;
  double train_loss = 0;  // sample-weighted mean of the epoch's step losses so far
  double test_loss = 0;
  double test_accuracy = 0;  // in [0, 1]
};

struct RunEnd {
  std::string status;  // completed, diverged or failed
  std::size_t steps = 0;
  double train_seconds = 0;  // of the training loop alone
  std::string initial_fingerprint, final_fingerprint;
  std::string sha256 = {};  // of the log without this and train_seconds, so that repeats share it
};

using LogEvent = std::variant<RunStart, StepLoss, Evaluation, LayerSignals, NotFinite, RunEnd>;

// The event as a line of a log. Numbers that are not finite become null.
std::string line_of(const LogEvent& event);

// The SHA-256 that an end behind these lines has.
std::string seal_of(std::string_view lines, std::string_view end_line);

// A line with a look into the layers, but without the histograms, which are half of it.
std::string without_histograms(std::string_view line);

// What a log says; absent numbers (null) are NaN.
struct RunRecord {
  RunStart start;
  std::vector<StepLoss> steps;
  std::vector<Evaluation> evaluations;
  std::vector<LayerSignals> layers;
  std::optional<NotFinite> not_finite;  // of a run that diverged
  std::optional<RunEnd> end;
  // Whether the last look into the layers found one whose gradient is lost in the rounding of its
  // weights; nothing without a look.
  std::optional<bool> gradient_blocked;

  void add(std::string_view line);  // throws Error for anything but a line of a log
};

// The end of a log has no hash, as old versions wrote it: nobody can tell whether it is whole.
class OldLog : public Error {
 public:
  using Error::Error;
};

}  // namespace fanin
