#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiments/look/layer_signal.hpp"
#include "experiments/look/not_finite.hpp"
#include "experiments/task/shipped.hpp"
#include "framework/core/error.hpp"

namespace fanin {

struct RunStart {
  std::string command;  // train_command()
  std::size_t total_steps = 0, parameters = 0;
  std::string data, version;  // SHA-256 of the data's files; version_line(); older logs have none
  std::size_t classes = 10;   // of the labels
  std::string model = {};     // SHA-256 of the model's file; "": a named model, or an older log
};

struct StepLoss {
  std::size_t step, epoch;
  double loss;
};

struct Evaluation {
  std::size_t epoch, step;
  double train_loss;  // sample-weighted mean of the epoch's step losses so far
  double test_loss;
  double test_accuracy;  // in [0, 1]
};

struct RunEnd {
  std::string status;  // completed, diverged or failed
  std::size_t steps = 0;
  double train_seconds = 0;  // of the training loop alone
  std::string initial_fingerprint, final_fingerprint;
};

// Writes a run's log, one JSON object a line; numbers that are not finite become null.
// The file grows as PATH.part, which no other process may write meanwhile, and becomes PATH with
// finish().
class RunLog {
 public:
  explicit RunLog(const std::filesystem::path& path);  // an empty path: writes nothing

  // How far it has grown, all of that on the disk, and the SHA-256 of it.
  struct Extent {
    std::size_t bytes = 0;
    std::string sha256;
  };
  Extent sync();
  // Goes on behind what it held then; false, and nothing changed, when that is not what it holds.
  bool resume(const Extent& extent);
  bool begun() const;  // by an earlier process

  void start(const RunStart& start);
  void step(std::size_t step, std::size_t epoch, double loss);
  void evaluation(const Evaluation& evaluation);
  void layers(const LayerSignals& signals);
  void not_finite(const NotFinite& place);
  void end(const RunEnd& end);
  void finish();
  // For a run that has failed: PATH becomes a copy with that end, unless a run that has not failed
  // is there, and PATH.part stays for the run to go on from.
  void fail(const RunEnd& end) const;
  void discard();  // removes PATH.part; nothing may follow

 private:
  std::filesystem::path path_;
  std::unique_ptr<OutputFile> file_;
};

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

  void add(std::string_view line);  // throws Error on anything but a line of a log
};

// Reads a log; a last line that is half written, of a run that has not ended, is left out, anything
// else malformed is an Error, and so is one that was changed after its end was written.
enum class Histograms { with, without };  // without is quicker: they are half of most logs
RunRecord read_log(const std::filesystem::path& path, Histograms histograms = Histograms::with);

// Whether a log may be written there: there is no file yet, or an empty one, or one that begins as
// our logs do, or with zeros alone.
bool is_log_or_new(const std::filesystem::path& path);

// Of a log, whatever its length, the first line and the last: `start`, and `end` where it has
// ended. Throws Error as read_log() does.
RunRecord read_log_ends(const std::filesystem::path& path);

// The same of a log that has ended, all of which is held against its hash, or is read where an
// older version wrote none.
RunRecord read_log_checked(const std::filesystem::path& path);

// What `read`, one of these, makes of a log; nothing where there is none, or one that is damaged.
template <class Read>
std::optional<RunRecord> sound_log(const std::filesystem::path& log, const Read& read) {
  if (!is_file(log)) return std::nullopt;
  try {
    return read(log);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Reads a log while it grows.
class LogTail {
 public:
  explicit LogTail(std::filesystem::path path) : path_(std::move(path)) {}
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  bool poll();  // takes in the complete lines that came since; whether there were any
  const RunRecord& record() const { return record_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::string unfinished_;
  std::size_t lines_ = 0;
  RunRecord record_;
};

}  // namespace fanin
