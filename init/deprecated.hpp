#pragma once

#include "init/init.hpp"

// The names that torch.nn.init once had, without the underscore: they warn on stderr and forward,
// default arguments included.
namespace fanin::init {

[[deprecated]] Tensor uniform(auto&&... x) { return renamed(__func__), uniform_(x...); }
[[deprecated]] Tensor normal(auto&&... x) { return renamed(__func__), normal_(x...); }
[[deprecated]] Tensor constant(auto&&... x) { return renamed(__func__), constant_(x...); }
[[deprecated]] Tensor eye(auto&&... x) { return renamed(__func__), eye_(x...); }
[[deprecated]] Tensor dirac(auto&&... x) { return renamed(__func__), dirac_(x...); }
[[deprecated]] Tensor xavier_uniform(auto&&... x) {
  return renamed(__func__), xavier_uniform_(x...);
}
[[deprecated]] Tensor xavier_normal(auto&&... x) { return renamed(__func__), xavier_normal_(x...); }
[[deprecated]] Tensor kaiming_uniform(auto&&... x) {
  return renamed(__func__), kaiming_uniform_(x...);
}
[[deprecated]] Tensor kaiming_normal(auto&&... x) {
  return renamed(__func__), kaiming_normal_(x...);
}
[[deprecated]] Tensor orthogonal(auto&&... x) { return renamed(__func__), orthogonal_(x...); }
[[deprecated]] Tensor sparse(auto&&... x) { return renamed(__func__), sparse_(x...); }

}  // namespace fanin::init
