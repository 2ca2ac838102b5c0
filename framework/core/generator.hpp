#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/core/array.hpp"
#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// PyTorch's CPU generator (Mersenne Twister, Matsumoto & Nishimura 1998), bit for bit as its AVX2
// build draws on x86-64. Only the low 32 bits of a seed count.
class Generator {
 public:
  static constexpr std::uint64_t default_seed = 67280421310721;  // torch.default_generator's

  explicit Generator(std::uint64_t seed = default_seed) { manual_seed(seed); }
  void manual_seed(std::uint64_t seed);
  // A generator for what has this name: std::seed_seq over the words of the SHA-256 of
  // "<seed> <name>" in decimal and UTF-8 seeds its engine. All bits of the seed count.
  static Generator stream(std::uint64_t seed, const std::string& name);
  std::uint64_t initial_seed() const { return seed_; }

  std::uint32_t random() {
    if (used_ == words) refill();
    return bits_[used_++];
  }
  std::uint64_t random64();  // the first draw is the high half

  // Draws into row-major arrays; throw Error on a > b, std < 0 or a batch-last array.
  void uniform(Array& y, double a, double b);         // U[a, b)
  void normal(Array& y, double mean, double std);     // N(mean, std^2)
  void bernoulli(Array& y, double p);                 // 1 with probability p, else 0
  std::vector<std::int64_t> randperm(std::size_t n);  // forward Fisher-Yates

  // All that decides the next draw, as text: print, save, restore. Throws Error on other text.
  std::string state() const;
  void set_state(const std::string& state);

 private:
  static constexpr std::size_t words = 624;
  void refill();
  double uniform_double();
  double normal_double();  // Box-Muller in double; every second draw comes from the cache

  // The numbers of std::mt19937, made 624 at a time, as fast as memory takes them.
  std::array<std::uint32_t, words> state_{}, bits_{};
  std::size_t used_ = words;
  std::uint64_t seed_ = 0;
  bool has_cached_normal_ = false;
  double cached_normal_ = 0;
};

// The generator that layers and inits draw from unless they are given another.
Generator& default_generator();
inline void manual_seed(std::uint64_t seed) { default_generator().manual_seed(seed); }

}  // namespace fanin::FANIN_PRECISION
