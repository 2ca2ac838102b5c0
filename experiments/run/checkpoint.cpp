#include "experiments/run/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "experiments/run/files.hpp"
#include "experiments/run/json_text.hpp"
#include "framework/core/error.hpp"
#include "framework/core/say.hpp"
#include "framework/core/sha256.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kept = 2;  // should the newest be damaged
constexpr const char* tensors_suffix = ".safetensors";
constexpr const char* state_suffix = ".json";

std::string hash_of(const Json& content, const std::string& tensors) {
  const std::string text = content.dump();
  Sha256 hash;
  hash.update(text.data(), text.size());
  hash.update(tensors.data(), tensors.size());
  return hash.hex();
}

// What differs between two objects of texts, as "kernels avx2, not avx512".
std::string difference(const Json& other, const Json& own) {
  for (const auto& [key, value] : own.items())
    if (!other.contains(key) || other[key] != value)
      return fmt::format("{} {}, not {}", key, other.contains(key) ? other[key].dump() : "unknown",
                         value.dump());
  return "";
}

// "step-000000012.json", also with what writing aside and setting aside add.
bool is_of_checkpoint(const std::string& name) {
  constexpr std::size_t before = 5, digits = 9;
  if (!name.starts_with("step-")) return false;
  const std::size_t end = name.find_first_not_of("0123456789", before);
  if (end == std::string::npos || end < before + digits) return false;
  const std::string suffix = name.substr(end);
  return suffix.starts_with(state_suffix) || suffix.starts_with(tensors_suffix);
}

}  // namespace

fs::path checkpoint_folder(const fs::path& log) { return log.string() + ".checkpoints"; }

Checkpoints::Checkpoints(const fs::path& log, const std::string& every, Json identity)
    : folder_(checkpoint_folder(log)), identity_(std::move(identity)) {
  if (every.ends_with('s'))
    time_between_ = std::chrono::seconds(std::stoull(every));
  else
    steps_between_ = std::stoull(every);
}

bool Checkpoints::due(std::size_t step) const {
  if (steps_between_ > 0) return step % steps_between_ == 0;
  return time_between_.count() > 0 && Clock::now() - last_ >= time_between_;
}

void remove_checkpoints(const fs::path& log) {
  const fs::path folder = checkpoint_folder(log);
  std::vector<fs::path> ours;
  std::error_code ignored;  // what is left of a finished run harms nobody
  for (fs::directory_iterator at(folder, ignored), end; !ignored && at != end;
       at.increment(ignored))
    if (is_of_checkpoint(at->path().filename().string())) ours.push_back(at->path());
  for (const fs::path& file : ours) fs::remove(file, ignored);
  fs::remove(folder, ignored);  // unless something else is in it
}

fs::path Checkpoints::file(std::size_t step, const char* suffix) const {
  return folder_ / fmt::format("step-{:09}{}", step, suffix);
}

std::vector<std::size_t> Checkpoints::steps() const {
  std::vector<std::size_t> found;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::size_t step = 0;
    const char* last = name.data() + name.size();
    if (!name.starts_with("step-") || !name.ends_with(state_suffix)) continue;
    if (std::from_chars(name.data() + 5, last, step).ec == std::errc()) found.push_back(step);
  }
  std::ranges::sort(found);
  return found;
}

void Checkpoints::save(std::size_t step, const Json& state,
                       const std::vector<std::pair<std::string, Array>>& tensors,
                       const std::vector<std::pair<std::string, std::int64_t>>& counters) {
  const fs::path stored = file(step, tensors_suffix);
  write_safetensors(stored, tensors, counters);
  const Json content = {{"run", identity_}, {"step", step}, {"state", state}};
  const Json whole = {{"content", content}, {"sha256", hash_of(content, read_file(stored))}};
  write_file(file(step, state_suffix), whole.dump(1) + "\n");
  last_ = Clock::now();
  const std::vector<std::size_t> all = steps();
  for (std::size_t i = 0; i + kept < all.size(); ++i)
    for (const char* suffix : {state_suffix, tensors_suffix}) {
      std::error_code ignored;
      fs::remove(file(all[i], suffix), ignored);
    }
}

std::optional<Checkpoint> Checkpoints::newest() {
  const std::vector<std::size_t> all = steps();
  for (auto step = all.rbegin(); step != all.rend(); ++step) {
    if (aside_.contains(*step)) continue;
    try {
      if (auto found = read(*step)) return found;
    } catch (const std::exception& error) {
      set_aside(*step, error.what());
    }
  }
  return std::nullopt;
}

std::optional<Checkpoint> Checkpoints::read(std::size_t step) {
  const Json whole = parse_json(read_file(file(step, state_suffix)));
  const Json& content = whole.at("content");
  const fs::path stored = file(step, tensors_suffix);
  if (hash_of(content, read_file(stored)) != whole.at("sha256").get<std::string>())
    throw Error("its SHA-256 is not the one that it was written with");
  if (const std::string other = difference(content.at("run"), identity_); !other.empty()) {
    passed_over_ = other;
    return std::nullopt;
  }
  if (content.at("step") != step) throw Error("it is of another step than its name says");
  return Checkpoint{step, content.at("state"), read_safetensors(stored)};
}

void Checkpoints::set_aside(std::size_t step, const std::string& why) {
  aside_.insert(step);
  const fs::path damaged = file(step, state_suffix);
  say("fanin: warning: checkpoint {} is set aside: {}\n", damaged.string(), why);
  for (const char* suffix : {state_suffix, tensors_suffix}) {
    std::error_code ignored;
    fs::rename(file(step, suffix), file(step, suffix).string() + ".damaged", ignored);
  }
}

}  // namespace fanin
