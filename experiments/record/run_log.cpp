#include "experiments/record/run_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "experiments/record/json_text.hpp"
#include "experiments/record/log_layers.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"

namespace fanin {
namespace {

using Json = nlohmann::ordered_json;  // keys stay in the order in which they are written
using Event = nlohmann::json;  // read, where many keys must not take the square of their time

std::string line_of(const Json& event) {  // what is not UTF-8 must end no run
  return dump_json(event) + "\n";
}

void write_line(const std::unique_ptr<OutputFile>& file, const Json& event) {
  if (file) file->write(line_of(event));
}

Json to_json(const RunEnd& end) {
  return {{"event", "end"},
          {"status", end.status},
          {"steps", end.steps},
          {"train_seconds", end.train_seconds},
          {"initial_fingerprint", end.initial_fingerprint},
          {"final_fingerprint", end.final_fingerprint}};
}

// What a log's end says of it: the SHA-256 of the lines before and of the end itself, but for the
// time, which differs between repeats.
std::string hash_of(std::string_view lines, Event end) {
  end.erase("sha256"), end.erase("train_seconds");
  const std::string last = dump_json(end);
  Sha256 hash;
  hash.update(lines.data(), lines.size());
  hash.update(last.data(), last.size());
  return hash.hex();
}

std::string ended(const std::string& lines, const RunEnd& end) {
  Json event = to_json(end);
  event["sha256"] = hash_of(lines, event);
  return lines + line_of(event);
}

RunEnd read_end(const Event& event) {
  RunEnd end{text(event, "status"), count(event, "steps"), number(event, "train_seconds"),
             text(event, "initial_fingerprint"), text(event, "final_fingerprint")};
  if (end.status != "completed" && end.status != "diverged" && end.status != "failed")
    throw Error("unknown status \"{}\"", end.status);
  if (!event.contains("sha256"))
    throw OldLog("has no SHA-256 at its end: an old version wrote it; remove it to run it again");
  return end;
}

void add_line(RunRecord& record, std::string_view line, const std::filesystem::path& path,
              std::size_t number) {
  try {
    record.add(line);
  } catch (const OldLog& error) {
    throw OldLog("{} {}", path.string(), error.what());
  } catch (const Error& error) {
    throw Error("{}:{}: {}", path.string(), number, error.what());
  }
}

void check_hash(std::string_view lines, std::string_view end, const std::filesystem::path& path) {
  try {
    const Event event = parse_json(end);  // not too deep to be copied
    if (event["sha256"] != hash_of(lines, event))
      throw Error("was changed since it was written: its SHA-256 is another than its end says");
  } catch (const Error& error) {
    throw Error("{}: {}", path.string(), error.what());
  }
}

RunRecord read_ends(const std::filesystem::path& path) {
  RunRecord record;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) read_file(path);  // it says why not
  std::string text;
  if (!std::getline(file, text)) throw Error("{}: has no line", path.string());
  add_line(record, text, path, 1);
  file.clear();
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  for (std::streamoff back = 1024;; back *= 16) {  // until the last line is in it whole
    const std::streamoff from = std::max<std::streamoff>(0, size - back);
    text.resize(static_cast<std::size_t>(size - from));
    file.seekg(from);
    file.read(text.data(), size - from);
    if (!file) throw Error("cannot read {}", path.string());
    if (!text.ends_with('\n')) return record;  // half written
    text.pop_back();
    const std::size_t line = text.rfind('\n');
    if (line == std::string::npos && from > 0) continue;
    try {
      record.add(std::string_view(text).substr(line == std::string::npos ? 0 : line + 1));
    } catch (const OldLog& error) {
      throw OldLog("{} {}", path.string(), error.what());
    } catch (const Error& error) {
      throw Error("{}: last line: {}", path.string(), error.what());
    }
    return record;
  }
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& path) : path_(path) {
  if (path.empty()) return;
  file_ = std::make_unique<OutputFile>(path, ".part");
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
  Json event = {{"event", "start"},
                {"command", start.command},
                {"total_steps", start.total_steps},
                {"parameters", start.parameters},
                {"data", start.data},
                {"version", start.version},
                {"classes", start.classes}};
  if (!start.model.empty()) event["model"] = start.model;
  write_line(file_, event);
}

void RunLog::step(std::size_t step, std::size_t epoch, double loss) {
  write_line(file_, {{"event", "step"}, {"step", step}, {"epoch", epoch}, {"loss", loss}});
}

void RunLog::evaluation(const Evaluation& evaluation) {
  write_line(file_, {{"event", "epoch"},
                     {"epoch", evaluation.epoch},
                     {"step", evaluation.step},
                     {"train_loss", evaluation.train_loss},
                     {"test_loss", evaluation.test_loss},
                     {"test_accuracy", evaluation.test_accuracy}});
}

void RunLog::layers(const LayerSignals& signals) { write_line(file_, to_json(signals)); }

void RunLog::not_finite(const NotFinite& place) {
  write_line(file_, {{"event", "not_finite"},
                     {"steps", place.steps},
                     {"what", place.what},
                     {"layer", place.layer}});
}

void RunLog::end(const RunEnd& end) {
  if (!file_) return;
  const std::string lines = read_file(file_->growing());
  file_->write(ended(lines, end).substr(lines.size()));
}

void RunLog::finish() {
  if (file_) file_->commit();
  file_.reset();
}

void RunLog::fail(const RunEnd& end) const {
  if (!file_) return;
  if (is_there(path_)) {
    const auto there = read_log(path_, Depth::ends).end;
    if (there && there->status != "failed") return;
  }
  file_->sync();
  std::string text = read_file(file_->growing());
  text.resize(text.rfind('\n') + 1);  // a full disk may have cut the last line short
  if (text.empty()) return;
  write_file(path_, ended(text, end));
}

void RunLog::discard() {
  if (file_) file_->discard();
  file_.reset();
}

void RunRecord::add(std::string_view line) {
  const Event event = Event::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) throw Error("not a JSON object");
  if (end) throw Error("nothing may follow the end event");
  const std::string kind = text(event, "event");
  if (kind == "start") {
    start = {text(event, "command"),
             count(event, "total_steps"),
             count(event, "parameters"),
             text(event, "data"),
             text(event, "version"),
             count(event, "classes"),
             event.contains("model") ? text(event, "model") : ""};
  } else if (kind == "step") {
    steps.push_back({count(event, "step"), count(event, "epoch"), number(event, "loss")});
  } else if (kind == "epoch") {
    evaluations.push_back({count(event, "epoch"), count(event, "step"), number(event, "train_loss"),
                           number(event, "test_loss"), number(event, "test_accuracy")});
  } else if (kind == "layers") {
    layers.push_back(read_layers(event));
    gradient_blocked = std::ranges::any_of(layers.back().layers, gradient_is_lost);
  } else if (kind == "not_finite") {
    not_finite = {count(event, "steps"), text(event, "layer"), text(event, "what")};
  } else if (kind == "end") {
    end = read_end(event);
  }  // other events are for other readers
}

bool is_log_or_new(const std::filesystem::path& path) {
  constexpr std::string_view begin = R"({"event":"start","command":")";
  if (!is_file(path)) return true;  // writing says what is wrong
  std::ifstream file(path, std::ios::binary);
  std::string there(begin.size(), '\0');
  file.read(there.data(), static_cast<std::streamsize>(there.size()));
  there.resize(static_cast<std::size_t>(file.gcount()));
  const bool zeros = there.find_first_not_of('\0') == std::string::npos;  // as power failures leave
  return zeros || begin.starts_with(there);
}

RunRecord read_log(const std::filesystem::path& path, Depth depth) {
  if (depth == Depth::ends) return read_ends(path);
  const std::string file = read_file(path);
  RunRecord record;
  std::size_t begin = 0, lines = 0;
  for (std::size_t end; (end = file.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string_view line = std::string_view(file).substr(begin, end - begin);
    const bool is_end = line.starts_with(R"({"event":"end")");
    if (++lines > 1 && depth == Depth::sealed && !is_end) continue;
    if (depth == Depth::curves && line.starts_with(R"({"event":"layers")"))
      add_line(record, without_histograms(line), path, lines);
    else
      add_line(record, line, path, lines);
    if (record.end && end + 1 < file.size())
      throw Error("{}:{}: nothing may follow the end event", path.string(), lines + 1);
    if (record.end) check_hash(std::string_view(file).substr(0, begin), line, path);
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
    unfinished_.clear(), lines_ = 0, record_ = {};
  }
  const std::size_t before = lines_;
  std::array<char, 65536> buffer;
  for (ssize_t n; (n = read(descriptor_, buffer.data(), buffer.size())) > 0;) {
    unfinished_.append(buffer.data(), static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t end; (end = unfinished_.find('\n', begin)) != std::string::npos;
         begin = end + 1)
      add_line(record_, std::string_view(unfinished_).substr(begin, end - begin), path_, ++lines_);
    unfinished_.erase(0, begin);
  }
  return lines_ > before;
}

}  // namespace fanin
