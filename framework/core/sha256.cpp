#include "framework/core/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <bit>

#include "framework/core/error.hpp"

namespace fanin::inline FANIN_PRECISION {

static_assert(std::endian::native == std::endian::little,
              "fingerprints are of little-endian bytes");

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw Error("sha256: libcrypto offers no SHA-256");
}

void Sha256::update(const void* bytes, std::size_t count) {
  EVP_DigestUpdate(context_.get(), bytes, count);
}

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(context_.get(), digest, &length);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

std::string fingerprint(const std::vector<std::pair<std::string, Array>>& state) {
  Sha256 hash;
  for (const auto& [name, array] : state) {
    const Array plain = array.row_major();
    const std::vector<float> numbers(plain.begin(), plain.end());
    hash.update(numbers.data(), numbers.size() * sizeof(float));
  }
  return hash.hex();
}

}  // namespace fanin::inline FANIN_PRECISION
