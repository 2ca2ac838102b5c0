#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "experiments/record/events.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {

// Writes a run's log. The file grows as PATH.part, which no other process may write meanwhile, and
// becomes PATH with finish().
class RunLog {
 public:
  explicit RunLog(const std::filesystem::path& path);  // an empty path: writes nothing

  // How far the file has grown, and the SHA-256 of that; all of it is on the disk.
  struct Extent {
    std::size_t bytes = 0;
    std::string sha256;
  };
  Extent sync();
  // Goes on behind what the file held then. If it holds something else, nothing changes: false.
  bool resume(const Extent& extent);
  bool begun() const;  // by an earlier process

  void start(const RunStart& start);
  void step(std::size_t step, std::size_t epoch, double loss) { add(StepLoss{step, epoch, loss}); }
  void add(const LogEvent& event);
  void end(RunEnd end);
  void finish();
  // For a run that has failed: PATH becomes a copy with that end, unless a run that has not failed
  // is there, and PATH.part stays for the run to go on from.
  void fail(RunEnd end) const;
  void discard();  // removes PATH.part; nothing may follow

 private:
  std::filesystem::path path_;
  std::unique_ptr<OutputFile> file_;
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
// our logs do, or one of zeros alone.
bool is_log_or_new(const std::filesystem::path& path);

// Reads a log while it grows.
class LogTail {
 public:
  explicit LogTail(std::filesystem::path path) : path_(std::move(path)) {}
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  bool poll();  // takes in the whole lines that came since; whether there were any
  const RunRecord& record() const { return record_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::string unfinished_;
  RunRecord record_;
};

}  // namespace fanin
