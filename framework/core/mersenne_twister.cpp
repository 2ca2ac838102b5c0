#include "framework/core/mersenne_twister.hpp"

#include <algorithm>
#include <istream>
#include <ostream>

#include "framework/core/kernels/kernels.hpp"

namespace fanin::FANIN_PRECISION {

void MersenneTwister::seed(std::uint32_t value) {
  state_[0] = value;
  for (std::uint32_t i = 1; i < words; ++i)
    state_[i] = 1812433253 * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
  at_ = words;
}

void MersenneTwister::refill() {
  kernels().twist(state_.data());
  kernels().temper(state_.data(), bits_.data());
  at_ = 0;
}

std::pair<const std::uint32_t*, std::size_t> MersenneTwister::take(std::size_t n) {
  if (at_ == words) refill();
  const std::size_t count = std::min(n, words - at_);
  const std::uint32_t* from = bits_.data() + at_;
  at_ += count;
  return {from, count};
}

std::ostream& operator<<(std::ostream& stream, const MersenneTwister& twister) {
  for (const std::uint32_t word : twister.state_) stream << word << ' ';
  return stream << twister.at_;
}

std::istream& operator>>(std::istream& stream, MersenneTwister& twister) {
  MersenneTwister read;
  for (std::uint32_t& word : read.state_) stream >> word;
  stream >> read.at_;
  if (read.at_ > MersenneTwister::words) stream.setstate(std::ios::failbit);
  if (!stream) return stream;
  kernels().temper(read.state_.data(), read.bits_.data());
  twister = read;
  return stream;
}

}  // namespace fanin::FANIN_PRECISION
