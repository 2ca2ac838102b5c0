// What a log says: a JSON object on a line for each event.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "experiments/look/layer_signal.hpp"
#include "experiments/look/signals.hpp"
#include "framework/core/error.hpp"

namespace fanin {

// Throws Error for a text that is not JSON, or is nested so deeply that copying, comparing and
// printing it, which recurse, would overflow the stack.
nlohmann::json parse_json(std::string_view text);

// On one line unless an indent is given. Bytes that are not UTF-8 are replaced.
std::string dump_json(const nlohmann::json& value, int indent = -1);

struct RunStart {
  std::string command;  // train_command()
  std::size_t total_steps = 0, parameters = 0;
  std::string data, version;  // SHA-256 of the data's files; version_line()
  std::size_t classes = 10;   // of the data's labels
  std::string model = {};     // SHA-256 of the model file; "": a named model
};

// Of a run with more than one optimizer: which parameters this one moves.
struct ParameterGroup {
  std::string optimizer;
  std::vector<std::string> parameters;
};

struct StepLoss {
  std::size_t step = 0, epoch = 0;
  double loss = 0;
  std::optional<double> lr = {}, adamw_lr = {};  // of a run with two groups
};

struct Evaluation {
  std::size_t epoch = 0, step = 0;
  double train_loss = 0;  // mean over the samples of the epoch so far
  double test_loss = 0;
  double test_accuracy = 0;  // in [0, 1]
};

struct RunEnd {
  std::string status;  // completed, diverged or failed
  std::size_t steps = 0;
  double train_seconds = 0;  // in the training loop only
  std::string initial_fingerprint, final_fingerprint;
  std::string sha256 = {};  // of the log without this and train_seconds, which differ
};

using LogEvent =
    std::variant<RunStart, ParameterGroup, StepLoss, Evaluation, LayerSignals, NotFinite, RunEnd>;

// The event as a line of a log. NaN and infinity become null.
std::string line_of(const LogEvent& event);

// The SHA-256 that the end event after these lines must have.
std::string seal_of(std::string_view lines, std::string_view end_line);

// A line of layer statistics without its histograms, which are half of it.
std::string without_histograms(std::string_view line);

// What a log says. Numbers that are null there are NaN.
struct RunRecord {
  RunStart start;
  std::vector<StepLoss> steps;
  std::vector<Evaluation> evaluations;
  std::vector<LayerSignals> layers;
  std::optional<NotFinite> not_finite;  // of a run that diverged
  std::optional<RunEnd> end;
  // Whether the last layer statistics have a layer whose gradient is lost in the rounding of its
  // weights; nothing without statistics.
  std::optional<bool> gradient_blocked;

  void add(std::string_view line);  // throws Error if it is not a line of a log
};

// The log's end has no hash, because an old version wrote it: nobody can tell whether it is whole.
class OldLog : public Error {
 public:
  using Error::Error;
};

}  // namespace fanin
