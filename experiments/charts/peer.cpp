#include "experiments/charts/peer.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <sstream>

#include "framework/core/error.hpp"

namespace fanin {
namespace {

// Calls read(line) for each line after the header. False means that it cannot read the line.
template <class F>
void each_row(const std::filesystem::path& table, const F& read) {
  std::istringstream lines(read_file(table));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line))
    if (!read(line)) throw Error("{}: cannot read \"{}\"", table.string(), line);
}

}  // namespace

Records pytorch_records(const Sweep& sweep, const std::filesystem::path& table) {
  std::map<std::string, RunRecord> recorded;
  each_row(table, [&](const std::string& line) {
    const std::size_t end = line.rfind('"');
    Evaluation at{};
    if (end == std::string::npos || line.front() != '"' ||
        std::sscanf(line.c_str() + end + 1, ",%zu,%zu,%lf,%lf,%lf", &at.epoch, &at.step,
                    &at.train_loss, &at.test_loss, &at.test_accuracy) != 5)
      return false;
    recorded[line.substr(1, end - 1)].evaluations.push_back(at);
    return true;
  });
  Records result(sweep.runs.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    if (const auto found = recorded.find(train_command(sweep.runs[i].options));
        found != recorded.end())
      result[i] = found->second;
  return result;
}

std::vector<double> pytorch_accuracies(const std::filesystem::path& table, const std::string& spec,
                                       const std::string& init, std::size_t epoch) {
  std::vector<double> result;
  const std::string start = spec + "," + init + ",";
  each_row(table, [&](const std::string& line) {
    std::size_t at = 0;
    double accuracy = 0;
    if (std::sscanf(line.c_str(), "%*[^,],%*[^,],%*u,%zu,%lf", &at, &accuracy) != 2) return false;
    if (line.starts_with(start) && at == epoch) result.push_back(accuracy);
    return true;
  });
  if (result.empty())
    throw Error("{}: no run of {}, {} has an epoch {}", table.string(), spec, init, epoch);
  return result;
}

}  // namespace fanin
