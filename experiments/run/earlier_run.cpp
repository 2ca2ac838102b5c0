#include "experiments/run/earlier_run.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "experiments/run/checkpoint.hpp"
#include "framework/core/error.hpp"
#include "framework/core/sha256.hpp"
#include "framework/io/safetensors.hpp"

namespace fanin {
namespace {

// The run whose log is there; nothing where there is none.
std::optional<RunRecord> run_in(const std::filesystem::path& log,
                                RunRecord (*read)(const std::filesystem::path&), bool to_its_end) {
  std::error_code error;
  if (!std::filesystem::exists(log, error)) return std::nullopt;
  try {
    RunRecord record = read(log);
    if (!to_its_end || (record.end && record.end->status != "failed")) return record;
  } catch (const Error&) {  // a damaged log is no log
  }
  return std::nullopt;
}

// Older logs do not say all.
bool is_begun_so(const RunStart& there, const RunStart& run) {
  return there.command == run.command && (there.model.empty() || there.model == run.model);
}

bool is_same(const RunRecord& there, const NewRun& run) {
  return is_begun_so(there.start, run.start) &&
         (there.start.data.empty() || there.start.data == run.start.data) &&
         there.end->initial_fingerprint == run.initial_fingerprint;
}

}  // namespace

bool holds_weights(const std::filesystem::path& file, const RunRecord& record) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  try {
    std::vector<std::pair<std::string, Array>> state;
    for (const auto& [name, tensor] : read_safetensors(file))
      if (std::holds_alternative<std::vector<float>>(tensor.data))  // else a count of batches
        state.emplace_back(name, tensor.array());
    return fingerprint(state) == record.end->final_fingerprint;
  } catch (const Error&) {
    return false;
  }
}

void check_weights_place(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error || size == 0) return;
  try {
    read_safetensors(file);
  } catch (const Error&) {
    throw Error(
        fmt::format("cannot write {}: it is there and is no safetensors file", file.string()));
  }
}

void check_log_place(const std::filesystem::path& log) {
  for (const char* suffix : {"", ".part"})
    if (const std::string path = log.string() + suffix; !is_log_or_new(path))
      throw Error(fmt::format("cannot write {}: it is there and is no log", path));
}

bool is_done(const NewRun& run, const std::filesystem::path& log,
             const std::filesystem::path& save) {
  const auto there = run_in(log, read_log_checked, true);
  return there && is_same(*there, run) && (save.empty() || holds_weights(save, *there));
}

void refuse_another(const NewRun& run, const std::filesystem::path& log) {
  if (const auto there = run_in(log, read_log_checked, true); there && !is_same(*there, run))
    throw Error(fmt::format("{} has another run to its end, {}; remove it, or give another --log",
                            log.string(), there->start.command));
  std::error_code error;
  if (!std::filesystem::exists(checkpoint_folder(log), error)) return;
  const auto there = run_in(log.string() + ".part", read_log_ends, false);
  if (there && !is_begun_so(there->start, run.start))
    throw Error(
        fmt::format("{}.part is of another {}, {}, which its checkpoints go on from; "
                    "remove it, or give another --log",
                    log.string(), there->start.command == run.start.command ? "model" : "run",
                    there->start.command));
}

}  // namespace fanin
