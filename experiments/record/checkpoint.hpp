#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "framework/io/safetensors.hpp"

namespace fanin {

// Removes the checkpoints in a folder, and the folder if it is empty then.
void remove_checkpoints(const std::filesystem::path& folder);

// The state of a run after a whole step.
struct Checkpoint {
  std::size_t step = 0;
  nlohmann::json state;
  StoredTensors tensors;
};

// The last two checkpoints of a run, in a folder beside its log. Each is a safetensors file and,
// written after it, a JSON file of the state, the run's identity and the SHA-256 of both.
class Checkpoints {
 public:
  // every: steps, or seconds as in "30s"; 0: never due. identity: what all checkpoints of this run
  // share.
  Checkpoints(std::filesystem::path folder, const std::string& every, nlohmann::json identity);

  bool due(std::size_t step) const;
  void save(std::size_t step, const nlohmann::json& state, const NamedArrays& tensors,
            const Counters& counters);

  // The newest that is whole, of this run, and for which `check` throws no Error. A damaged one is
  // renamed to .damaged with a warning. One of another run is skipped, and `passed_over` says what
  // differs. Throws Error if one cannot be read, because it may be whole.
  std::optional<Checkpoint> newest(const std::function<void(const Checkpoint&)>& check =
                                       [](const auto&) {});
  const std::string& passed_over() const { return passed_over_; }
  bool any() const { return !steps().empty(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::filesystem::path file(std::size_t step, const char* suffix) const;
  std::vector<std::size_t> steps() const;  // oldest first; throws Error
  std::optional<Checkpoint> parse(std::size_t step, const std::string& state,
                                  const std::string& tensors);

  std::filesystem::path folder_;
  std::size_t steps_between_ = 0;
  std::chrono::seconds time_between_{0};
  Clock::time_point last_ = Clock::now();
  nlohmann::json identity_;
  std::string passed_over_;
};

}  // namespace fanin
