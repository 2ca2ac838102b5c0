#pragma once

#include <cstddef>
#include <filesystem>
#include <ios>
#include <memory>
#include <string>
#include <utility>

#include "experiments/record/events.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {

// Writes a run's log. The file grows as PATH.part, which it locks, and becomes PATH with finish().
class RunLog {
 public:
  explicit RunLog(const std::filesystem::path& path);  // an empty path: writes nothing

  // How long the file is, and its SHA-256. sync() returns when all of it is on the disk.
  struct Extent {
    std::size_t bytes = 0;
    std::string sha256;
  };
  Extent sync();
  // Cuts the file back to that extent. Returns false, and changes nothing, if it does not begin so.
  bool resume(const Extent& extent);
  bool begun() const;  // whether the file has any bytes

  void start(const RunStart& start);
  void add(const LogEvent& event);
  void end(RunEnd end);
  void finish();
  // For a run that has failed: PATH becomes a copy with that end, unless it holds a run that has
  // not failed. PATH.part stays, and the run can go on from it.
  void fail(RunEnd end) const;
  void discard();  // removes PATH.part; call nothing after it

 private:
  std::filesystem::path path_;
  std::unique_ptr<OutputFile> file_;
};

// How much of a log is read. ends: the first and the last line, which is quick for any length;
// sealed: the same, and the hash of the whole log is checked; curves: everything but histograms,
// which are half of most logs; all: everything.
enum class Depth { ends, sealed, curves, all };

// Reads a log, but not the half-written last line of a run that has not ended. Throws Error if
// anything else is malformed or the log was changed after its end was written, OldLog if an old
// version wrote it, and IoError if it cannot be read.
RunRecord read_log(const std::filesystem::path& path, Depth depth = Depth::all);

// Reads a log while it grows.
class LogTail {
 public:
  explicit LogTail(std::filesystem::path path) : path_(std::move(path)) {}
  bool poll();  // reads the whole lines that were added since; returns whether there were any
  const RunRecord& record() const { return record_; }

 private:
  std::filesystem::path path_;
  std::streamoff read_ = 0;
  RunRecord record_;
};

}  // namespace fanin
