#pragma once

#include "init/init.hpp"

// Init functions that torch.nn.init does not have, in its manner: they fill a tensor in place and
// return it.
namespace fanin::init {

// Flax's lecun_normal, after LeCun et al. 1998: Var = 1 / fan_in, normal but cut at 2 standard
// deviations of the uncut one. Throws Error below two dimensions or without a fan in.
Tensor lecun_trunc_normal_(Tensor tensor, Generator& generator = default_generator());

// Recurrent weights [gates * H, H] with every gate's own [H, H] block orthogonal, times gain, as in
// Flax; orthogonal_ makes the columns of the whole orthonormal. Throws Error for another shape.
Tensor orthogonal_gates_(Tensor tensor, double gain = 1,
                         Generator& generator = default_generator());

// Xiao et al. 2018: a convolution [O, I, kernel...] that acts as one orthonormal matrix, times
// gain, at its kernel's middle, (k - 1) / 2, and as nothing elsewhere: it keeps the norm of what it
// is given, but for the edges. Throws Error below three dimensions and where I > O.
Tensor delta_orthogonal_(Tensor tensor, double gain = 1,
                         Generator& generator = default_generator());

// ZerO, Zhao et al. 2022, which draws nothing: the identity for a matrix [m, n] with m <= n, else
// its first m and n rows and columns of a Hadamard matrix of 2^ceil(log2 m) rows, orthonormal; of a
// convolution the kernel's middle, k / 2. Throws Error below two dimensions.
Tensor hadamard_(Tensor tensor);

// Mean-field theory's scale: N(0, (sigma / sqrt(fan_in))^2). Throws Error below two dimensions.
Tensor fan_in_normal_(Tensor tensor, double sigma, Generator& generator = default_generator());

// Jozefowicz et al. 2015: an LSTM's bias [4 H], gates in PyTorch's order i, f, g, o, with val for
// the forget gate and 0 elsewhere. PyTorch adds two biases: give it to one of them. Throws Error
// for a size that is no multiple of 4.
Tensor forget_gate_bias_(Tensor tensor, double val = 1);

}  // namespace fanin::init
