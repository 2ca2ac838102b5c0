#include "framework/nn/linear.hpp"

#include <algorithm>

#include "framework/core/error.hpp"
#include "framework/ops/arithmetic.hpp"

namespace fanin::FANIN_PRECISION {

Linear::Linear(std::size_t in_features, std::size_t out_features, bool bias, Generator& generator)
    : TableLayer("Linear", {std::int64_t(in_features), std::int64_t(out_features), bias}),
      weight(add_parameter("weight",
                           uniform_within({out_features, in_features}, in_features, generator))),
      bias(bias ? add_parameter("bias", uniform_within({out_features}, in_features, generator))
                : Tensor()) {}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

Tensor Linear::forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) {
  const Activation activation = has_hooks() ? Activation::none : activation_of(next, 0);
  taken = activation != Activation::none ? 1 : 0;
  return taken ? linear(x, weight, bias, activation) : (*this)(x);
}

namespace {

Value shown(std::optional<std::size_t> row) { return row ? Value(std::int64_t(*row)) : Value(); }

std::optional<std::size_t> padding_row(std::optional<std::int64_t> index, std::size_t rows) {
  if (!index) return {};
  const auto n = static_cast<std::int64_t>(rows);
  if (*index < -n || *index >= n)
    throw Error("Embedding: padding_idx={} must be within num_embeddings={}", *index, n);
  return static_cast<std::size_t>(*index < 0 ? *index + n : *index);
}

Array draw(std::size_t rows, std::size_t extent, std::optional<std::size_t> padding,
           Generator& generator) {
  Array table({rows, extent});
  generator.normal(table, 0, 1);
  if (padding) std::fill_n(table.data() + *padding * extent, extent, Real(0));
  return table;
}

}  // namespace

Embedding::Embedding(std::size_t num_embeddings, std::size_t embedding_dim,
                     std::optional<std::int64_t> padding_idx, Generator& generator)
    : TableLayer("Embedding", {std::int64_t(num_embeddings), std::int64_t(embedding_dim),
                               shown(padding_row(padding_idx, num_embeddings))}),
      padding_(padding_row(padding_idx, num_embeddings)),
      weight(add_parameter("weight", draw(num_embeddings, embedding_dim, padding_, generator))) {}

Tensor Embedding::forward(const Tensor& indices) {
  return embedding(indices.value(), weight, padding_);
}

}  // namespace fanin::FANIN_PRECISION
