#include "experiments/sweep/shards.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

#include "framework/core/error.hpp"

namespace fanin {

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, shard.number);
  const bool slash = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = std::from_chars(slash ? first.ptr + 1 : end, end, shard.of);
  if (second.ec != std::errc() || second.ptr != end)
    throw UsageError("--shard must be I/N, such as 2/8, not \"{}\"", text);
  if (shard.number < 1 || shard.number > shard.of)
    throw UsageError("--shard must be I/N with I from 1 to N, not \"{}\"", text);
  return shard;
}

std::vector<std::size_t> share_out(const std::vector<double>& costs, std::size_t shards) {
  std::vector<std::size_t> dearest_first(costs.size()), part_of(costs.size());
  std::iota(dearest_first.begin(), dearest_first.end(), std::size_t{0});
  std::ranges::stable_sort(dearest_first, std::greater<>(),
                           [&costs](std::size_t run) { return costs[run]; });
  using Part = std::pair<double, std::size_t>;  // what it costs so far, its number
  std::priority_queue<Part, std::vector<Part>, std::greater<>> parts;
  for (std::size_t part = 1; part <= std::min(shards, costs.size()); ++part) parts.push({0, part});
  for (const std::size_t run : dearest_first) {
    auto [cost, part] = parts.top();
    parts.pop();
    part_of[run] = part;
    parts.push({cost + costs[run], part});
  }
  return part_of;
}

}  // namespace fanin
