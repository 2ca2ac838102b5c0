#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "framework/io/safetensors.hpp"

namespace fanin {

// What else is in the folder stays.
void remove_checkpoints(const std::filesystem::path& folder);

// Where a run was after a whole step: its numbers and texts, and its tensors.
struct Checkpoint {
  std::size_t step = 0;
  nlohmann::json state;
  StoredTensors tensors;
};

// The checkpoints of a run in a folder beside its log: of each of the last two, a safetensors file
// and then a JSON file with the state, what run it is of, and the SHA-256 of both.
class Checkpoints {
 public:
  // every: steps, or seconds as in "30s"; 0: never due. identity: what must be equal for a
  // checkpoint to be of this very run.
  Checkpoints(std::filesystem::path folder, const std::string& every, nlohmann::json identity);

  bool due(std::size_t step) const;
  void save(std::size_t step, const nlohmann::json& state, const NamedArrays& tensors,
            const Counters& counters);

  // The newest that is whole and of this run, and in which `fault` finds none: "". One that is
  // damaged is renamed to .damaged, with a warning; one of another run is passed over, which
  // `passed_over` then says why. One that cannot be read may be whole: throws Error.
  std::optional<Checkpoint> newest(const std::function<std::string(const Checkpoint&)>& fault =
                                       [](const auto&) { return ""; });
  const std::string& passed_over() const { return passed_over_; }
  bool any() const { return !steps().empty(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::filesystem::path file(std::size_t step, const char* suffix) const;
  std::vector<std::size_t> steps() const;  // of all checkpoints, oldest first; throws Error
  void set_aside(std::size_t step, const std::string& why);
  std::optional<Checkpoint> parse(std::size_t step, const std::string& state,
                                  const std::string& tensors);

  std::filesystem::path folder_;
  std::size_t steps_between_ = 0;
  std::chrono::seconds time_between_{0};
  Clock::time_point last_ = Clock::now();
  nlohmann::json identity_;
  std::set<std::size_t> aside_;  // those that could not be renamed are still there
  std::string passed_over_;
};

}  // namespace fanin
