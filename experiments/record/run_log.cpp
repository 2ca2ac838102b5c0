#include "experiments/record/run_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "experiments/task/options.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"

namespace fanin {
namespace {

// The first line of a file, and the last one unless it is half written or too long for an end.
std::string ends_of(const std::filesystem::path& path) {
  constexpr std::streamoff longest_end = 4096;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) read_file(path);  // it says why not
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
  text.resize(text.rfind('\n') + 1);  // a full disk may have cut the last line short
  if (text.empty()) return;
  end.sha256 = seal_of(text, line_of(end));
  write_file(path_, text + line_of(end));
}

void RunLog::discard() {
  if (file_) file_->discard();
  file_.reset();
}

bool is_log_or_new(const std::filesystem::path& path) {
  constexpr std::string_view begin = R"({"event":"start","command":")";
  if (!is_file(path)) return true;  // writing says what is wrong
  std::ifstream file(path, std::ios::binary);
  std::string there(begin.size(), '\0');
  file.read(there.data(), static_cast<std::streamsize>(there.size()));
  there.resize(static_cast<std::size_t>(file.gcount()));
  const bool zeros =
      there.find_first_not_of('\0') == std::string::npos;  // a power failure leaves such
  return zeros || begin.starts_with(there);
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

LogTail::~LogTail() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool LogTail::poll() {
  if (descriptor_ < 0) descriptor_ = open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) return false;
  struct stat file {};
  if (fstat(descriptor_, &file) == 0 && file.st_size < lseek(descriptor_, 0, SEEK_CUR)) {
    lseek(descriptor_, 0, SEEK_SET);  // a run that was resumed goes on from an earlier step
    unfinished_.clear(), record_ = {};
  }
  std::array<char, 65536> buffer;
  for (ssize_t n; (n = read(descriptor_, buffer.data(), buffer.size())) > 0;)
    unfinished_.append(buffer.data(), static_cast<std::size_t>(n));
  std::size_t begin = 0;
  for (std::size_t end; (end = unfinished_.find('\n', begin)) != std::string::npos; begin = end + 1)
    record_.add(std::string_view(unfinished_).substr(begin, end - begin));
  unfinished_.erase(0, begin);
  return begin > 0;
}

}  // namespace fanin
