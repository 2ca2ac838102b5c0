#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/array.hpp"
#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// PyTorch's CPU generator (Mersenne Twister, Matsumoto & Nishimura 1998), with the bits that its
// AVX2 build draws on x86-64. Only the low 32 bits of a seed count.
class Generator {
 public:
  static constexpr std::uint64_t default_seed = 67280421310721;  // torch.default_generator's

  explicit Generator(std::uint64_t seed = default_seed) { manual_seed(seed); }
  void manual_seed(std::uint64_t seed);
  // A generator of its own for each name. std::seed_seq seeds it from the words of the SHA-256 of
  // "<seed> <name>", the seed in decimal and the name in UTF-8. All bits of the seed count.
  static Generator stream(std::uint64_t seed, const std::string& name);
  std::uint64_t initial_seed() const { return seed_; }

  std::uint32_t random() {
    if (used_ == words) refill();
    return bits_[used_++];
  }
  std::uint64_t random64();  // the first draw is the high half

  // These fill row-major arrays; they throw Error if a > b, if std < 0 or if y is batch-last.
  void uniform(Array& y, double a, double b);      // U[a, b)
  void normal(Array& y, double mean, double std);  // N(mean, std^2)
  // N(mean, std^2) within [a, b], by rejection as torch.nn.init.trunc_normal_ of PyTorch 2.12:
  // normal draws if [a, b] holds more than 0.3 of them, else uniform draws from [a, b]. Throws
  // Error for std = 0, for a > b, and if it would take more than 10,000 rounds of draws for the
  // array.
  void trunc_normal(Array& y, double mean, double std, double a, double b);
  void bernoulli(Array& y, double p);                 // 1 with probability p, else 0
  std::vector<std::int64_t> randperm(std::size_t n);  // forward Fisher-Yates

  // All that decides the next draw, as text. set_state throws Error if state() did not write it.
  std::string state() const;
  void set_state(const std::string& state);

 private:
  static constexpr std::size_t words = 624;
  void refill();
  double uniform_double();
  double normal_double();  // Box-Muller in double; every second call returns the cached number

  // The numbers of std::mt19937, made 624 at a time.
  std::array<std::uint32_t, words> state_{}, bits_{};
  std::size_t used_ = words;
  std::uint64_t seed_ = 0;
  bool has_cached_normal_ = false;
  double cached_normal_ = 0;
};

// Layers and inits draw from this generator unless they are given another.
Generator& default_generator();
inline void manual_seed(std::uint64_t seed) { default_generator().manual_seed(seed); }

}  // namespace fanin::FANIN_PRECISION
