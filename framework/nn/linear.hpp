#pragma once

#include <optional>

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// y = x W^T + b: [..., in] -> [..., out].
// Default: weight [out, in] and bias [out] from U(-1/sqrt(in), 1/sqrt(in)).
class Linear : public TableLayer {
 public:
  Linear(std::size_t in_features, std::size_t out_features, bool bias = true,
         Generator& generator = default_generator());

  Tensor forward(const Tensor& x) override;
  // Takes the activation that follows, while the output is in the caches.
  Tensor forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) override;

  const Tensor weight, bias;  // bias is undefined without one
};

// A table of vectors: whole numbers [...] -> [..., dim]. Default: N(0, 1); the row padding_idx is
// drawn like the others, then zeroed, and gets no gradient. A negative one counts from the end.
class Embedding : public TableLayer {
 public:
  Embedding(std::size_t num_embeddings, std::size_t embedding_dim,
            std::optional<std::int64_t> padding_idx = {},
            Generator& generator = default_generator());

  Tensor forward(const Tensor& indices) override;

 private:
  std::optional<std::size_t> padding_;

 public:
  const Tensor weight;  // [num_embeddings, embedding_dim]
};

}  // namespace fanin::FANIN_PRECISION
