#include "experiments/record/run_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "experiments/task/options.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"

namespace fanin {
namespace {

// The first line of a log, and the last one unless it is half written or too long for an end.
std::string ends_of(const std::filesystem::path& path) {
  constexpr std::streamoff longest_end = 4096;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) read_file(path);  // throws an error that says why
  std::string first;
  if (!std::getline(file, first)) throw Error("{}: has no line", path.string());
  file.clear();
  file.seekg(0, std::ios::end);
  file.seekg(std::max<std::streamoff>(file.tellg() - longest_end, std::ssize(first)));
  const std::string rest(std::istreambuf_iterator<char>(file), {});
  const std::size_t last = rest.size() < 2 ? std::string::npos : rest.rfind('\n', rest.size() - 2);
  const bool whole = last != std::string::npos && rest.ends_with('\n');
  return first + (whole ? rest.substr(last) : "\n");
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& path) : path_(path) {
  if (!path.empty()) file_ = std::make_unique<OutputFile>(path, growing_suffix);
}

RunLog::Extent RunLog::sync() {
  file_->sync();
  const std::string text = read_file(file_->growing());
  return {text.size(), sha256(text)};
}

bool RunLog::begun() const {
  std::error_code error;
  return file_ && std::filesystem::file_size(file_->growing(), error) > 0 && !error;
}

bool RunLog::resume(const Extent& extent) {
  const std::string text = read_file(file_->growing());
  if (text.size() < extent.bytes || sha256(text.substr(0, extent.bytes)) != extent.sha256)
    return false;
  file_->keep(extent.bytes);
  return true;
}

void RunLog::start(const RunStart& start) {
  if (file_) file_->keep(0);
  add(start);
}

void RunLog::add(const LogEvent& event) {
  if (file_) file_->write(line_of(event));
}

void RunLog::end(RunEnd end) {
  if (!file_) return;
  end.sha256 = seal_of(read_file(file_->growing()), line_of(end));
  add(end);
}

void RunLog::finish() {
  if (file_) file_->commit();
  file_.reset();
}

void RunLog::fail(RunEnd end) const {
  if (!file_) return;
  if (is_there(path_)) {
    const auto there = read_log(path_, Depth::ends).end;
    if (there && there->status != "failed") return;
  }
  file_->sync();
  std::string text = read_file(file_->growing());
  text.resize(text.rfind('\n') + 1);  // a full disk may have cut the last line
  if (text.empty()) return;
  end.sha256 = seal_of(text, line_of(end));
  write_file(path_, text + line_of(end));
}

void RunLog::discard() {
  if (file_) file_->discard();
  file_.reset();
}

RunRecord read_log(const std::filesystem::path& path, Depth depth) {
  const std::string file = depth == Depth::ends ? ends_of(path) : read_file(path);
  RunRecord record;
  std::size_t begin = 0, lines = 0;
  for (std::size_t end; (end = file.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string_view line = std::string_view(file).substr(begin, end - begin);
    const bool is_end = line.starts_with(R"({"event":"end")");
    if (++lines > 1 && depth == Depth::sealed && !is_end) continue;
    std::string seal;
    try {
      const bool is_look = depth == Depth::curves && line.starts_with(R"({"event":"layers")");
      record.add(is_look ? without_histograms(line) : line);
      if (record.end && depth != Depth::ends)
        seal = seal_of(std::string_view(file).substr(0, begin), line);
    } catch (const OldLog& error) {
      throw OldLog("{} {}", path.string(), error.what());
    } catch (const Error& error) {
      const bool last = depth == Depth::ends && lines > 1;
      throw Error("{}:{}: {}", path.string(), last ? " last line" : fmt::to_string(lines),
                  error.what());
    }
    if (!record.end || depth == Depth::ends) continue;
    if (end + 1 < file.size())
      throw Error("{}:{}: nothing may follow the end event", path.string(), lines + 1);
    if (record.end->sha256 != seal)
      throw Error("{}: was changed after it was written: its SHA-256 does not match",
                  path.string());
  }
  return record;
}

bool LogTail::poll() {
  if (!is_file(path_)) return false;  // opening a pipe would wait for its writer
  std::ifstream file(path_, std::ios::binary | std::ios::ate);
  if (file.tellg() < read_) read_ = 0, record_ = {};  // the run goes on from an earlier step
  file.seekg(read_);
  const std::streamoff before = read_;
  for (std::string line; std::getline(file, line) && !file.eof(); read_ = file.tellg())
    record_.add(line);
  return read_ != before;
}

}  // namespace fanin
