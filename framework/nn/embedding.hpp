#pragma once

#include <optional>

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// A table of vectors: whole numbers [...] -> [..., dim]. Default: N(0, 1); the row padding_idx is
// drawn like the others, then zeroed, and gets no gradient. A negative one counts from the end.
class Embedding : public Module {
 public:
  Embedding(std::size_t num_embeddings, std::size_t embedding_dim,
            std::optional<std::int64_t> padding_idx = {},
            Generator& generator = default_generator());

  Tensor forward(const Tensor& indices) override;
  std::string type() const override { return "Embedding"; }
  std::vector<Value> arguments() const override;

 private:
  std::size_t rows_, extent_;
  std::optional<std::size_t> padding_;

 public:
  const Tensor weight;  // [num_embeddings, embedding_dim]
};

}  // namespace fanin::FANIN_PRECISION
