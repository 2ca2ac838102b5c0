#include "experiments/run/earlier_run.hpp"

#include <fmt/format.h>

#include <optional>

#include "experiments/run/checkpoint.hpp"
#include "framework/core/error.hpp"

namespace fanin {
namespace {

// How the run began whose log is there; nothing where there is none.
std::optional<RunStart> run_in(const std::filesystem::path& log,
                               RunRecord (*read)(const std::filesystem::path&), bool to_its_end) {
  std::error_code error;
  if (!std::filesystem::exists(log, error)) return std::nullopt;
  try {
    const RunRecord record = read(log);
    if (!to_its_end || (record.end && record.end->status != "failed")) return record.start;
  } catch (const Error&) {  // a damaged log is no log
  }
  return std::nullopt;
}

// Older logs do not say all.
bool is_same(const RunStart& there, const RunStart& run, bool also_data) {
  return there.command == run.command && (there.model.empty() || there.model == run.model) &&
         (!also_data || there.data.empty() || there.data == run.data);
}

}  // namespace

void check_log_place(const std::filesystem::path& log) {
  for (const char* suffix : {"", ".part"})
    if (const std::string path = log.string() + suffix; !is_log_or_new(path))
      throw Error(fmt::format("cannot write {}: it is there and is no log", path));
}

bool is_done(const RunStart& run, const std::filesystem::path& log,
             const std::filesystem::path& save) {
  std::error_code error;
  if (!save.empty() && !std::filesystem::is_regular_file(save, error)) return false;
  const auto there = run_in(log, read_log_checked, true);
  return there && is_same(*there, run, true);
}

void refuse_another(const RunStart& run, const std::filesystem::path& log) {
  if (const auto there = run_in(log, read_log_checked, true); there && !is_same(*there, run, true))
    throw Error(fmt::format("{} has another run to its end, {}; remove it, or give another --log",
                            log.string(), there->command));
  std::error_code error;
  if (!std::filesystem::exists(checkpoint_folder(log), error)) return;
  const auto there = run_in(log.string() + ".part", read_log_ends, false);
  if (there && !is_same(*there, run, false))
    throw Error(
        fmt::format("{}.part is of another {}, {}, which its checkpoints go on from; "
                    "remove it, or give another --log",
                    log.string(), there->command == run.command ? "model" : "run", there->command));
}

}  // namespace fanin
