#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fanin {

// The I-th of N parts of some runs, counted from 1.
struct Shard {
  std::size_t number = 1, of = 1;
};

// Reads "I/N"; throws UsageError when it is not that with 1 <= I <= N.
Shard parse_shard(const std::string& text);

// Which of `shards` parts, from 1 on, each run goes to: the dearest first, each to the part that
// costs least so far (Graham 1969, longest processing time), so that the dearest part costs at most
// 4/3 of what it must. Runs of equal cost are dealt out in turn; the same costs give the same parts
// on every machine.
std::vector<std::size_t> share_out(const std::vector<double>& costs, std::size_t shards);

}  // namespace fanin
