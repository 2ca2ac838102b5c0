#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <utility>

#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// std::mt19937's numbers (Matsumoto & Nishimura 1998), made 624 at a time, as fast as memory takes
// them.
class MersenneTwister {
 public:
  static constexpr std::size_t words = 624;

  void seed(std::uint32_t value);
  template <class Sequence>
  void seed_from(Sequence& sequence) {  // words of a std::seed_seq, as std::mt19937 takes them
    sequence.generate(state_.begin(), state_.end());
    at_ = words;
  }

  std::uint32_t operator()() {
    if (at_ == words) refill();
    return bits_[at_++];
  }
  // From 1 to n of the next numbers, in memory of the generator's own.
  std::pair<const std::uint32_t*, std::size_t> take(std::size_t n);

  // As std::mt19937 writes and reads itself: the words, then how many are used up.
  friend std::ostream& operator<<(std::ostream& stream, const MersenneTwister& twister);
  friend std::istream& operator>>(std::istream& stream, MersenneTwister& twister);

 private:
  void refill();
  std::array<std::uint32_t, words> state_{}, bits_{};
  std::size_t at_ = words;
};

}  // namespace fanin::FANIN_PRECISION
