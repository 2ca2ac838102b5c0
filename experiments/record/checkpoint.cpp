#include "experiments/record/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "experiments/record/standing.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/core/text.hpp"
#include "framework/io/whole_file.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kept = 2;  // the newest may be damaged
constexpr const char* tensors_suffix = ".safetensors";
constexpr const char* state_suffix = ".json";
constexpr const char* damaged_suffix = ".damaged";

// What differs between two objects, as `kernels "avx2", not "avx512"`.
std::string difference(const Json& other, const Json& own) {
  for (const auto& [key, value] : own.items())
    if (!other.contains(key) || other[key] != value)
      return fmt::format("{} {}, not {}", key,
                         other.contains(key) ? dump_json(other[key]) : "unknown", dump_json(value));
  return "";
}

// 12 for "step-000000012.json", whatever temporary or damaged files add to that name.
std::optional<std::size_t> step_of(const std::string& name) {
  static const std::regex form("step-([0-9]{9,18})(\\.json|\\.safetensors).*");
  std::smatch match;
  if (!std::regex_match(name, match, form)) return std::nullopt;
  return std::stoull(match[1]);
}

std::vector<std::pair<std::size_t, fs::path>> files_by_step(const fs::path& folder,
                                                            std::error_code& error) {
  std::vector<std::pair<std::size_t, fs::path>> ours;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (const auto step = step_of(at->path().filename().string()))
      ours.emplace_back(*step, at->path());
  return ours;
}

}  // namespace

Checkpoints::Checkpoints(fs::path folder, const std::string& every, Json identity)
    : folder_(std::move(folder)), identity_(std::move(identity)) {
  if (every.ends_with('s'))
    time_between_ = std::chrono::seconds(std::stoull(every));
  else
    steps_between_ = std::stoull(every);
}

bool Checkpoints::due(std::size_t step) const {
  if (steps_between_ > 0) return step % steps_between_ == 0;
  return time_between_.count() > 0 && Clock::now() - last_ >= time_between_;
}

void remove_checkpoints(const fs::path& folder) {
  std::error_code ignored;  // what is left does no harm
  for (const auto& [step, file] : files_by_step(folder, ignored)) fs::remove(file, ignored);
  fs::remove(folder, ignored);  // if it is empty
}

fs::path Checkpoints::file(std::size_t step, const char* suffix) const {
  return folder_ / fmt::format("step-{:09}{}", step, suffix);
}

std::vector<std::size_t> Checkpoints::steps() const {
  std::vector<std::size_t> found;
  std::error_code error;
  for (const auto& [step, path] : files_by_step(folder_, error))
    if (path == file(step, state_suffix)) found.push_back(step);
  if (error && error != std::errc::no_such_file_or_directory)
    throw IoError(fmt::format("cannot read {}: {}", folder_.string(), error.message()),
                  error.value());
  std::ranges::sort(found);
  return found;
}

void Checkpoints::save(std::size_t step, const Json& state, const NamedArrays& tensors,
                       const Counters& counters) {
  const fs::path stored = file(step, tensors_suffix);
  write_safetensors(stored, tensors, counters);
  const Json content = {{"run", identity_}, {"step", step}, {"state", state}};
  const Json whole = {{"content", content},
                      {"sha256", sha256(dump_json(content), read_file(stored))}};
  write_file(file(step, state_suffix), dump_json(whole, 1) + "\n");
  last_ = Clock::now();
  const std::vector<std::size_t> all = steps();
  if (all.size() < kept) return;
  std::error_code ignored;
  for (const auto& [of, there] : files_by_step(folder_, ignored))  // also what killed saves left
    if (of < all[all.size() - kept] && there.extension() != damaged_suffix)
      fs::remove(there, ignored);
}

std::optional<Checkpoint> Checkpoints::newest(const std::function<void(const Checkpoint&)>& check) {
  const std::vector<std::size_t> all = steps();
  for (auto step = all.rbegin(); step != all.rend(); ++step) {
    const fs::path stored = file(*step, tensors_suffix);
    std::error_code unknown;
    const bool whole = fs::exists(stored, unknown) || unknown;
    const std::string state = read_file(file(*step, state_suffix)),
                      tensors = whole ? read_file(stored) : "";
    try {
      if (!whole) throw Error("its tensors are missing");
      if (auto found = parse(*step, state, tensors)) {
        check(*found);
        return found;
      }
    } catch (const std::bad_alloc&) {  // the file is not damaged
      throw;
    } catch (const IoError&) {
      throw;
    } catch (const std::exception& error) {
      say("fanin: warning: checkpoint {} is set aside: {}\n", file(*step, state_suffix).string(),
          error.what());
      for (const char* suffix : {state_suffix, tensors_suffix})
        rename_aside(file(*step, suffix), damaged_suffix);
    }
  }
  return std::nullopt;
}

std::optional<Checkpoint> Checkpoints::parse(std::size_t step, const std::string& state,
                                             const std::string& tensors) {
  const Json whole = parse_json(state);
  const Json& content = whole.at("content");
  if (sha256(dump_json(content), tensors) != whole.at("sha256").get<std::string>())
    throw Error("its SHA-256 does not match its contents");
  if (const std::string other = difference(content.at("run"), identity_); !other.empty()) {
    passed_over_ = other;
    return std::nullopt;
  }
  if (content.at("step") != step) throw Error("its step is not the one in its name");
  return Checkpoint{step, content.at("state"),
                    parse_safetensors(tensors, file(step, tensors_suffix))};
}

}  // namespace fanin
