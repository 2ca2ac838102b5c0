#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "framework/core/array.hpp"

struct evp_md_ctx_st;

namespace fanin::FANIN_PRECISION {

// The SHA-256 (FIPS 180-4) of bytes that come piece by piece.
class Sha256 {
 public:
  Sha256();
  void update(const void* bytes, std::size_t count);
  // The digest as FIPS 180-4's words H0 to H7; call it, or hex(), once and last.
  std::array<std::uint32_t, 8> words();
  std::string hex();

 private:
  std::shared_ptr<evp_md_ctx_st> context_;
};

std::string sha256(std::string_view bytes, std::string_view more = {});  // of both, in hex

// Identifies weights: the SHA-256 of a state_dict's numbers in order, as row-major float32.
std::string fingerprint(const NamedArrays& state);

}  // namespace fanin::FANIN_PRECISION
