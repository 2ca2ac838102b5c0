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
#include "framework/core/error.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {

struct RunStart {
  std::string command;  // train_command()
  std::size_t total_steps = 0, parameters = 0;
  std::string data, version;  // SHA-256 of the data's files; version_line()
  std::size_t classes = 10;   // of the labels
  std::string model = {};     // SHA-256 of the model's file; "": a named model
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

// The end of a log has no hash, as old versions wrote it: nobody can tell whether it is whole.
class OldLog : public Error {
 public:
  using Error::Error;
};

// How much of a log is read: its first and its last line, which is quick whatever its length; the
// same, with all of it held against its hash; everything but the histograms, which are half of most
// logs; everything.
enum class Depth { ends, sealed, curves, all };

// Reads a log. A last line that is half written, of a run that has not ended, is left out. Throws
// Error for anything else malformed, and for a log that was changed after its end was written,
// OldLog for one of an old version, and IoError if it cannot be read.
RunRecord read_log(const std::filesystem::path& path, Depth depth = Depth::all);

// Whether a log may be written there: there is no file yet, or an empty one, or one that begins as
// our logs do, or with zeros alone.
bool is_log_or_new(const std::filesystem::path& path);

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
